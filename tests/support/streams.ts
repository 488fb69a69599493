/**
 * Outgoing byte streams that do what a test asks for.
 */
import * as Effect from "effect/Effect";
import { type OutgoingByteStream, StreamError } from "../../transport/mod.ts";

export class TestStream implements OutgoingByteStream {
  readonly topic = "control";
  readonly destinations: ReadonlyArray<string> = ["viewer-1"];
  readonly written: Array<string> = [];
  attempts = 0;
  interrupted = 0;
  closed = false;
  aborted = false;
  readonly #behaviour: "write" | "fail" | "stall";

  constructor(behaviour: "write" | "fail" | "stall" = "write") {
    this.#behaviour = behaviour;
  }

  readonly write = (bytes: Uint8Array): Effect.Effect<void, StreamError> =>
    Effect.suspend(() => {
      this.attempts += 1;
      if (this.#behaviour === "fail") {
        return Effect.fail(
          new StreamError({ reason: "write", topic: this.topic, peers: this.destinations, detail: "told to" }),
        );
      }
      if (this.#behaviour === "stall") {
        return Effect.onInterrupt(Effect.never, () => Effect.sync(() => void (this.interrupted += 1)));
      }
      this.written.push(new TextDecoder().decode(bytes));
      return Effect.void;
    });

  readonly close: Effect.Effect<void> = Effect.sync(() => {
    this.closed = true;
  });

  readonly abort: Effect.Effect<void> = Effect.sync(() => {
    this.aborted = true;
  });
}

/** Text as bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
