/**
 * A byte stream from a device, read frame by frame at the pace that a test asks for.
 */
import { assert } from "@effect/vitest";
import * as Effect from "effect/Effect";
import type * as Latch from "effect/Latch";
import {
  DecodeError,
  decodeServerFrame,
  FrameDecoder,
  FrameError,
  type ServerMessage,
} from "../../core/protocol/mod.ts";
import type { IncomingByteStream, StreamError } from "../../transport/mod.ts";
import { settle } from "./settle.ts";

/** What a device sends under one `op`. */
export type MessageOf<Op extends ServerMessage["op"]> = Extract<ServerMessage, { readonly op: Op }>;

export class StreamReader {
  readonly topic: string;
  /** All messages so far. */
  readonly received: Array<ServerMessage> = [];
  /** The bytes of the stream so far, as they came. */
  readonly chunks: Array<Uint8Array> = [];
  /** How the stream ended; `undefined`: it goes on. */
  end: "end" | StreamError | undefined;
  #taken = 0;
  readonly #stream: IncomingByteStream;
  readonly #gate: Latch.Latch;

  /** Reads while the gate is open. */
  constructor(stream: IncomingByteStream, gate: Latch.Latch) {
    this.topic = stream.topic;
    this.#stream = stream;
    this.#gate = gate;
  }

  /** Reads to the end. */
  readonly run: Effect.Effect<void> = Effect.gen({ self: this }, function* () {
    const decoder = new FrameDecoder();
    while (true) {
      yield* this.#gate.await;
      const chunk = yield* this.#stream.read;
      if (chunk === undefined) return void (this.end = "end");
      this.chunks.push(chunk);
      decoder.feed(chunk);
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
        if (frame instanceof FrameError) throw frame;
        const message = decodeServerFrame(frame);
        if (message instanceof DecodeError) throw message;
        this.received.push(message);
      }
    }
  }).pipe(Effect.catch((error) => Effect.sync(() => void (this.end = error))));

  /** The bytes of the stream so far. */
  get bytes(): ReadonlyArray<number> {
    return this.chunks.flatMap((chunk) => [...chunk]);
  }

  /** Messages that nobody has taken. */
  get waiting(): ReadonlyArray<ServerMessage> {
    return this.received.slice(this.#taken);
  }

  /** Takes the very next message, which must be of that `op`. */
  next<Op extends ServerMessage["op"]>(op: Op): Effect.Effect<MessageOf<Op>> {
    return Effect.map(settle, () => {
      const message = this.received[this.#taken];
      if (message?.op !== op) assert.fail(`expected ${op} next, found ${message?.op ?? "nothing"}`);
      this.#taken += 1;
      return message as MessageOf<Op>;
    });
  }

  /** Nothing is there that has not been taken. */
  readonly silence: Effect.Effect<void> = Effect.map(settle, () => {
    assert.deepStrictEqual(this.waiting, [], "expected silence");
  });

  /** Takes all that is there. */
  readonly drain: Effect.Effect<ReadonlyArray<ServerMessage>> = Effect.map(settle, () => {
    const { waiting } = this;
    this.#taken = this.received.length;
    return waiting;
  });
}

/** The texts of data messages; of others the `op`. */
export function textsOf(messages: ReadonlyArray<ServerMessage>): ReadonlyArray<string> {
  return messages.map((message) => message.op === "messageData" ? new TextDecoder().decode(message.data) : message.op);
}
