/**
 * A stand-in for the package's data channels.
 */
import type { Time } from "../../../../adapters/livekit/time.ts";
import { completeChannel } from "../../../../adapters/livekit/webrtc/channel.ts";

/** A channel whose answers are counted. */
export class FakeDataChannel extends EventTarget {
  amount = 0;
  state = "open";
  asked = 0;
  readonly sent: Array<unknown> = [];

  get bufferedAmount(): number {
    this.asked++;
    return this.amount;
  }

  get readyState(): string {
    this.asked++;
    return this.state;
  }

  send(data: unknown): void {
    if (this.state !== "open") throw new TypeError("it is closed");
    this.sent.push(data);
  }

  close(): void {
    this.state = "closing";
  }
}

/** The same as the shim hands it out. */
export function complete(channel: FakeDataChannel, time?: Time): RTCDataChannel {
  const given: unknown = channel;
  return completeChannel(given as RTCDataChannel, time);
}
