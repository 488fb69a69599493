/**
 * Bugs that are planted into the device's transport, to see that they are found.
 */
import * as Effect from "effect/Effect";
import type { OutgoingByteStream, Transport } from "../../../transport/mod.ts";
import { breakTransport } from "../../transport/broken.ts";

/** One write of each stream is lost without a word: the fourth. */
export function losesWrite(transport: Transport): Transport {
  return breakTransport(transport, {
    outgoing: (stream) => counted(stream, (write, count) => count === 4 ? Effect.void : write),
  });
}

/** One write of each stream is made twice: the fourth. */
export function writesTwice(transport: Transport): Transport {
  return breakTransport(transport, {
    outgoing: (stream) => counted(stream, (write, count) => count === 4 ? Effect.andThen(write, write) : write),
  });
}

/** Every stream goes to everybody in the room. */
export function tellsEverybody(transport: Transport): Transport {
  return breakTransport(transport, {
    room: (room) => ({
      ...room,
      openByteStream: (options) => {
        const all = room.participants().map(({ identity }) => identity);
        return room.openByteStream({ ...options, destinations: [...new Set([...options.destinations, ...all])] });
      },
    }),
  });
}

/** The end of a viewer is not told when it has come back once. */
export function missesEnds(transport: Transport): Transport {
  const seen = new Set<string>();
  return breakTransport(transport, {
    listener: (listener) => ({
      ...listener,
      participantDisconnected: (participant) => {
        if (seen.has(participant.identity)) return;
        seen.add(participant.identity);
        listener.participantDisconnected?.(participant);
      },
    }),
  });
}

function counted(
  stream: OutgoingByteStream,
  change: (write: ReturnType<OutgoingByteStream["write"]>, count: number) => ReturnType<OutgoingByteStream["write"]>,
): OutgoingByteStream {
  let count = 0;
  return {
    ...stream,
    write: (bytes) =>
      Effect.suspend(() => {
        count += 1;
        return change(stream.write(bytes), count);
      }),
  };
}
