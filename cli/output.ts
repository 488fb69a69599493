/**
 * Where the command writes: standard output and standard error, as Effects that wait until the text has been taken.
 */
import process from "node:process";
import type * as Cause from "effect/Cause";
import * as Context from "effect/Context";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { messageOf } from "./format.ts";
import type { TableSize } from "./table.ts";

/** Fields of {@linkcode ClosedPipe}. */
export interface ClosedPipeFields {
  /** The underlying error. */
  readonly cause: unknown;
}

const ClosedPipeBase: new (fields: ClosedPipeFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ClosedPipe" }
  & Readonly<ClosedPipeFields> = Data.TaggedError("ClosedPipe");

/**
 * Nobody reads what the command writes any more: `fieldlink demo --json | head` comes to this.
 *
 * @example
 * ```ts
 * import { ClosedPipe } from "@fieldlink/fieldlink/cli";
 *
 * const error = new ClosedPipe({ cause: "EPIPE" });
 * console.log(error.message);
 * ```
 */
export class ClosedPipe extends ClosedPipeBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return "the reader of this command's output has closed it";
  }
}

/** Fields of {@linkcode OutputFailed}. */
export interface OutputFailedFields {
  /** The underlying error. */
  readonly cause: unknown;
}

const OutputFailedBase: new (fields: OutputFailedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "OutputFailed" }
  & Readonly<OutputFailedFields> = Data.TaggedError("OutputFailed");

/**
 * What the command writes cannot be taken, for example because the disk that it goes to is full.
 *
 * @example
 * ```ts
 * import { OutputFailed } from "@fieldlink/fieldlink/cli";
 *
 * console.log(new OutputFailed({ cause: new Error("no space left on device") }).message);
 * ```
 */
export class OutputFailed extends OutputFailedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the output cannot be written: ${messageOf(this.cause)}`;
  }
}

/** Why something could not be written. */
export type OutputError = ClosedPipe | OutputFailed;

/** The command's output. */
export interface Output {
  /** Whether standard output is a terminal, on which a table can be redrawn. */
  readonly isTerminal: boolean;
  /** The terminal's size at this moment. */
  readonly size: () => TableSize;
  /** Writes to standard output, and waits until there is room for more. */
  readonly write: (text: string) => Effect.Effect<void, OutputError>;
  /** Writes to standard error. When that is closed, there is nobody to tell. */
  readonly writeError: (text: string) => Effect.Effect<void>;
}

/** The command's output as a service. */
export const Output: Context.Service<Output, Output> = Context.Service<Output>("fieldlink/cli/Output");

type Stream = NodeJS.WriteStream;

/** The output of this process. */
export const processOutput: Effect.Effect<Output> = Effect.sync(() => {
  const { stdout, stderr } = process;
  return {
    isTerminal: stdout.isTTY === true,
    // A terminal that does not know its size says 0.
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
    write: (text) => writeTo(stdout, text),
    writeError: (text) => Effect.ignore(writeTo(stderr, text)),
  };
});

function writeTo(stream: Stream, text: string): Effect.Effect<void, OutputError> {
  return Effect.callback<void, OutputError>((resume) => {
    listenForErrors(stream);
    const fail = (cause: unknown): void => resume(Effect.fail(outputError(cause)));
    try {
      stream.write(text, (cause) => cause ? fail(cause) : resume(Effect.void));
    } catch (cause) {
      // Deno throws where Node and Bun call back.
      fail(cause);
    }
  });
}

/** What the system says of a pipe that nobody reads any more, and Node of a stream that has failed by that before. */
const CLOSED = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

function outputError(cause: unknown): OutputError {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return CLOSED.has(String(code)) ? new ClosedPipe({ cause }) : new OutputFailed({ cause });
}

const listenedTo = new WeakSet<Stream>();

/** A write that fails is also told as an event, which ends the process when nobody listens. */
function listenForErrors(stream: Stream): void {
  if (listenedTo.has(stream)) return;
  listenedTo.add(stream);
  stream.on("error", () => undefined);
}
