/**
 * What a device is made to send, the same for ours and for raw livekit-client; peer_device.py does the same.
 *
 * A message begins with the time at which it was made, in ns of the machine's monotonic clock, which all processes share.
 */
import { type Line, number, obey, say, text } from "../support/child.ts";

/** The way out. */
export interface Way {
  /** Sends as fast as it goes: resolves when there is room for more. */
  readonly reliable: (message: Uint8Array) => Promise<void> | undefined;
  /** Sends at once or not at all. */
  readonly lossy: (message: Uint8Array) => void;
  /** Whether no more than a window may be on the way: what livekit-client was handed waits in a buffer of 1 MiB. */
  readonly hasWindow?: boolean;
  /** Ends it. */
  readonly close: () => Promise<void>;
  /** Further commands. */
  readonly commands?: Readonly<Record<string, (command: Line) => unknown>>;
}

/** Messages, and bytes, that may be on the way where there is a window; as in peer_device.py. */
const WINDOW = 900;
const WINDOW_BYTES = 8 * 1024 * 1024;

/** The least size that holds the time. */
const TIME_BYTES = 8;
/** So long may sending go on before others have their turn, in ms: timers, sockets, and the commands. */
const SLICE_MS = 4;

function stamped(bytes: number): Uint8Array {
  const message = new Uint8Array(Math.max(bytes, TIME_BYTES)).fill(7);
  new DataView(message.buffer).setBigUint64(0, process.hrtime.bigint(), true);
  return message;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Does as it is told. */
export async function send(way: Way): Promise<void> {
  let acked = 0;
  /** As many as fit through, for so many seconds. */
  const flood = async (command: Line): Promise<void> => {
    acked = 0;
    const [bytes, end] = [number(command, "bytes"), performance.now() + number(command, "seconds") * 1_000];
    let messages = 0;
    const window = way.hasWindow === true ? Math.min(WINDOW, WINDOW_BYTES / bytes) : Infinity;
    let turn = performance.now();
    for (let now = turn; now < end; now = performance.now()) {
      if (messages - acked >= window) {
        await pause(1);
        continue;
      }
      messages++;
      const room = way.reliable(stamped(bytes));
      // Where nothing gets through any more, that is the result.
      if (room !== undefined) await Promise.race([room, pause(end - now)]);
      if (now - turn < SLICE_MS) continue;
      await new Promise(setImmediate);
      turn = performance.now();
    }
    say("sent", { messages });
  };
  /** So many a second. */
  const pace = async (command: Line): Promise<void> => {
    const [bytes, perSecond] = [number(command, "bytes"), number(command, "perSecond")];
    const total = Math.round(perSecond * number(command, "seconds"));
    const isReliable = text(command, "way") === "reliable";
    const start = performance.now();
    for (let messages = 0; messages < total;) {
      const due = Math.min(total, Math.floor((performance.now() - start) * perSecond / 1_000) + 1);
      for (; messages < due; messages++) {
        if (!isReliable) way.lossy(stamped(bytes));
        else await way.reliable(stamped(bytes));
      }
      await pause(Math.min(20, Math.max(1, start + messages * 1_000 / perSecond - performance.now())));
    }
    say("sent", { messages: total, seconds: (performance.now() - start) / 1_000 });
  };
  /** So many in one go, several times. */
  const bursts = async (command: Line): Promise<void> => {
    const [bytes, frames, times] = [number(command, "bytes"), number(command, "frames"), number(command, "times")];
    for (let burst = 0; burst < times; burst++) {
      for (let frame = 0; frame < frames; frame++) way.lossy(stamped(bytes));
      await pause(number(command, "everyMs"));
    }
    say("sent", { messages: frames * times });
  };
  await obey({ flood, pace, bursts, ...way.commands }, { ack: (command) => acked = number(command, "messages") });
  await way.close();
}
