/**
 * The data channel of @roamhq/wrtc, with what it lacks, and asked less often.
 *
 * It does not tell when its buffer has emptied, and has no threshold for that: livekit-client, which waits for it once a
 * channel has a megabyte to send, would write nothing more on that channel, ever. And each answer of its own waits for
 * another thread, which is busy sending; livekit-client asks for the buffered amount three times and for the state once
 * with every packet.
 */
import { systemTime, type Time } from "../time.ts";

/** How long an answer is believed, in ms. */
const FRESH_MS = 1;
/** And how many bytes may be sent meanwhile: far less than livekit-client lets wait. */
const FRESH_BYTES = 64 * 1024;
/** How often a buffer that is to empty is looked at, in ms: what livekit-client leaves in it lasts for longer. */
const LOOK_MS = 5;

/** Channels on which nothing is sent any more. */
const hushed = new WeakSet<RTCDataChannel>();

/**
 * Lets nothing more out on a channel of @roamhq/wrtc: what is sent from now on goes nowhere. To be called before the
 * other side is given cause to end the connection. The package's `send` asks another thread whether the channel is open,
 * and then uses it; when the other side ends the connection between the two, the process ends by a segmentation fault,
 * and on a busy machine there is much time between them. An end for which there is no cause here cannot be foreseen.
 */
export function hush(channel: RTCDataChannel): void {
  hushed.add(channel);
}

/**
 * Makes a channel tell when what is buffered has fallen to its `bufferedAmountLowThreshold`, as browsers do, and remember
 * its answers for a moment. What has been sent since counts as buffered, so that the amount is never less than it is; a
 * channel that is closed says so at once.
 */
export function completeChannel(channel: RTCDataChannel, time: Time = systemTime): RTCDataChannel {
  const own = Object.getPrototypeOf(channel);
  let [amount, amountAt, sent] = [0, -Infinity, 0];
  let state: RTCDataChannelState = "connecting";
  let stateAt = -Infinity;
  let isWatched = false;
  const bufferedAmount = (): number => {
    const at = time.now();
    if (at - amountAt > FRESH_MS || sent > FRESH_BYTES) {
      amount = Reflect.get(own, "bufferedAmount", channel);
      [amountAt, sent] = [at, 0];
    }
    return amount + sent;
  };
  const readyState = (): RTCDataChannelState => {
    const at = time.now();
    if (state !== "open" || at - stateAt > FRESH_MS) {
      state = Reflect.get(own, "readyState", channel);
      stateAt = at;
    }
    return state;
  };
  const watch = (): void => {
    isWatched = false;
    if (readyState() !== "open") return;
    if (bufferedAmount() <= channel.bufferedAmountLowThreshold) {
      channel.dispatchEvent(new Event("bufferedamountlow"));
      return;
    }
    isWatched = true;
    time.after(LOOK_MS, watch);
  };
  const { send, close } = channel;
  Object.defineProperties(channel, {
    bufferedAmount: { configurable: true, enumerable: true, get: bufferedAmount },
    bufferedAmountLowThreshold: { configurable: true, enumerable: true, writable: true, value: 0 },
    readyState: { configurable: true, enumerable: true, get: readyState },
    send: {
      configurable: true,
      value: (data: string | Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>): void => {
        if (hushed.has(channel)) return;
        Reflect.apply(send, channel, [data]);
        sent += size(data);
        // Without asking: at the most it is as much.
        if (isWatched || amount + sent <= channel.bufferedAmountLowThreshold) return;
        isWatched = true;
        time.after(LOOK_MS, watch);
      },
    },
    close: {
      configurable: true,
      value: (): void => {
        stateAt = -Infinity;
        Reflect.apply(close, channel, []);
      },
    },
  });
  return channel;
}

function size(data: string | Blob | ArrayBuffer | ArrayBufferView): number {
  if (typeof data === "string") return 4 * data.length;
  return "byteLength" in data ? data.byteLength : data.size;
}
