/**
 * An output that keeps what is written to it.
 */
import * as Effect from "effect/Effect";
import { ClosedPipe, type Output } from "../../../cli/output.ts";

/** How the output behaves. */
export interface FakeOutputOptions {
  readonly isTerminal?: boolean;
  /** Writes that are taken; later ones find the pipe closed. Default: all. */
  readonly writes?: number;
  /** Takes its time, by turns of the event loop, for each write. */
  readonly isSlow?: boolean;
}

/** An output, and what has been written to it. */
export interface FakeOutput {
  readonly output: Output;
  readonly text: () => string;
  readonly errorText: () => string;
  readonly attempts: () => number;
}

/** Makes an output. */
export function fakeOutput(
  { isTerminal = false, writes = Infinity, isSlow = false }: FakeOutputOptions = {},
): FakeOutput {
  let text = "";
  let errorText = "";
  let attempts = 0;
  const write = (part: string) =>
    Effect.suspend(() => {
      attempts += 1;
      if (attempts > writes) return Effect.fail(new ClosedPipe({ cause: "EPIPE" }));
      text += part;
      return isSlow ? Effect.repeat(Effect.yieldNow, { times: 20 }) : Effect.void;
    });
  const output: Output = {
    isTerminal,
    size: () => ({ columns: 80, rows: 24 }),
    write: (part) => Effect.asVoid(write(part)),
    writeError: (part) => Effect.sync(() => void (errorText += part)),
  };
  return { output, text: () => text, errorText: () => errorText, attempts: () => attempts };
}
