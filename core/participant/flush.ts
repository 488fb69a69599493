/**
 * Writing a queue of frames out to a byte stream.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream, StreamError } from "../../transport/mod.ts";
import type { FrameQueue } from "./frame_queue.ts";

/** Writes what is queued, gathered into chunks of about `writeBytes`, until the queue is finished and empty. */
export function flush(
  queue: FrameQueue,
  stream: OutgoingByteStream,
  writeBytes: number,
): Effect.Effect<void, StreamError> {
  return Effect.gen(function* () {
    while (true) {
      const chunk = queue.take(writeBytes);
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
