/**
 * Reading byte streams in tests.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type { StreamError } from "../../../../transport/errors.ts";
import type { IncomingByteStream } from "../../../../transport/byte_stream.ts";

/** What one read gave: text, `end`, or the error's reason and words. */
export type Read = string;

/** Reads once; it must not have to wait. */
export async function read(stream: IncomingByteStream): Promise<Read> {
  return await Effect.runPromise(said(stream));
}

/** Reads once in the background. */
export function readLater(stream: IncomingByteStream): Fiber.Fiber<Read> {
  return Effect.runFork(said(stream));
}

/** What a read gives that a fiber waits for. */
export async function given(fiber: Fiber.Fiber<Read>): Promise<Read> {
  return await Effect.runPromise(Fiber.join(fiber));
}

/** Reads until the end, or an error, which is the last item. */
export async function readAll(stream: IncomingByteStream): Promise<ReadonlyArray<Read>> {
  const items: Array<Read> = [];
  do items.push(await read(stream)); while (!/^(end$|read: |closed: )/.test(items.at(-1) ?? ""));
  return items;
}

function said(stream: IncomingByteStream): Effect.Effect<Read> {
  return Effect.match(stream.read, {
    onSuccess: (bytes) => bytes === undefined ? "end" : new TextDecoder().decode(bytes),
    onFailure: ({ reason, detail }: StreamError) => `${reason}: ${detail}`,
  });
}
