/**
 * Writing a queue of frames out to a byte stream.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream, StreamError } from "../../transport/mod.ts";
import type { FrameQueue } from "./frame_queue.ts";

/**
 * Writes what is queued, gathered into chunks of about `writeBytes`, until the queue is finished and empty. With
 * `sharesWrites` a chunk is always a view of memory that is there, never a copy.
 */
export function flush(
  queue: FrameQueue,
  stream: OutgoingByteStream,
  writeBytes: number,
  sharesWrites: boolean = false,
): Effect.Effect<void, StreamError> {
  return Effect.gen(function* () {
    while (true) {
      const chunk = queue.take(writeBytes, sharesWrites);
      if (chunk !== undefined) {
        yield* stream.write(chunk);
        queue.written();
      } else if (queue.isFinished) {
        return;
      } else {
        yield* queue.awaitChange;
      }
    }
  });
}
