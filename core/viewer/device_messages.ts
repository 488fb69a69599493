/**
 * Reading what a device sends on its byte streams, message by message.
 */
import * as Effect from "effect/Effect";
import type { IncomingByteStream } from "../../transport/mod.ts";
import type { Log } from "../log.ts";
import type { ViewerLedger } from "../metering/viewer_ledger.ts";
import {
  DecodeError,
  decodeServerFrame,
  FRAME_HEADER_BYTES,
  FrameDecoder,
  FrameError,
  type ServerMessage,
} from "../protocol/mod.ts";
import type { Arrival } from "./heartbeat.ts";

/** What reading needs of the viewer. */
export interface DeviceMessagesOptions {
  readonly log: Log;
  /** Where it is counted what has come. */
  readonly ledger: ViewerLedger;
  /** A chunk has arrived. */
  readonly arrived: () => Arrival;
  /** One message. Synchronous; it must not throw. */
  readonly handle: (message: ServerMessage, arrival: Arrival) => void;
  /** What to wait for before the next message is read; `undefined`: nothing. */
  readonly waitForRoom: () => Effect.Effect<void> | undefined;
}

/** How the reading of a stream has ended. `broken`: by the transport, and its sender may know nothing of it. */
export type ReadingEnd = "over" | "broken";

/** Reads a stream to its end. Messages that cannot be read are skipped; a stream that has gone wrong is given up. */
export function readDeviceMessages(
  stream: IncomingByteStream,
  options: DeviceMessagesOptions,
): Effect.Effect<ReadingEnd> {
  const { log, ledger, arrived, handle, waitForRoom } = options;
  const about = { device: stream.sender, topic: stream.topic };
  const decoder = new FrameDecoder();
  return Effect.gen(function* () {
    while (true) {
      const chunk = yield* stream.read;
      if (chunk === undefined) return "over" as const;
      const arrival = arrived();
      decoder.feed(chunk);
      while (true) {
        const frame = decoder.next();
        if (frame === undefined) break;
        if (frame instanceof FrameError) {
          log("error", "a device's stream is not read on", { ...about, error: frame });
          return "over" as const;
        }
        const message = decodeServerFrame(frame);
        // Messages of channels are counted where they are delivered.
        if (message instanceof DecodeError || message.op !== "messageData") {
          ledger.controlReceived.add(FRAME_HEADER_BYTES + frame.payload.byteLength);
        }
        if (message instanceof DecodeError) {
          ledger.undecodable += 1;
          log("error", "a device's message cannot be read and is skipped", { ...about, error: message });
          continue;
        }
        handle(message, arrival);
        const wait = waitForRoom();
        if (wait !== undefined) yield* wait;
      }
    }
  }).pipe(
    Effect.catch((error) =>
      Effect.sync(() => {
        log("warning", "reading a device's stream has failed", { ...about, error });
        return "broken" as const;
      })
    ),
    Effect.ensuring(stream.cancel),
  );
}
