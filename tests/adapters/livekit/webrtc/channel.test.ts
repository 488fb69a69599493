import { assert, describe, it } from "vitest";
import { rememberAnswers } from "../../../../adapters/livekit/webrtc/channel.ts";

/** A channel whose answers are counted. */
class Channel extends EventTarget {
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

function setUp() {
  const time = { now: 1_000 };
  const channel = new Channel();
  const given: unknown = channel;
  return { time, channel, remembering: rememberAnswers(given as RTCDataChannel, () => time.now) };
}

describe("rememberAnswers", () => {
  it("asks the package once in a while, and counts what was sent since", () => {
    const { time, channel, remembering } = setUp();
    channel.amount = 500;
    assert.equal(remembering.bufferedAmount, 500);
    remembering.send(new Uint8Array(1_000));
    remembering.send(new ArrayBuffer(10));
    channel.amount = 700;
    assert.equal(remembering.bufferedAmount, 1_510);
    assert.equal(channel.asked, 1);
    time.now += 2;
    assert.equal(remembering.bufferedAmount, 700);
    assert.equal(channel.sent.length, 2);
  });

  it("asks again when much was sent within a moment", () => {
    const { channel, remembering } = setUp();
    assert.equal(remembering.bufferedAmount, 0);
    remembering.send(new Uint8Array(64 * 1024 + 1));
    channel.amount = 9_000;
    assert.equal(remembering.bufferedAmount, 9_000);
  });

  it("counts nothing that could not be sent", () => {
    const { channel, remembering } = setUp();
    assert.equal(remembering.bufferedAmount, 0);
    channel.state = "closed";
    assert.throws(() => remembering.send(new Uint8Array(5)), TypeError);
    assert.equal(remembering.bufferedAmount, 0);
  });

  it("believes for a moment that it is open, and nothing else", () => {
    const { time, channel, remembering } = setUp();
    channel.state = "connecting";
    assert.equal(remembering.readyState, "connecting");
    channel.state = "open";
    assert.equal(remembering.readyState, "open");
    channel.state = "closed";
    assert.equal(remembering.readyState, "open");
    time.now += 2;
    assert.equal(remembering.readyState, "closed");
  });

  it("knows at once that it was closed from here", () => {
    const { remembering } = setUp();
    assert.equal(remembering.readyState, "open");
    remembering.close();
    assert.equal(remembering.readyState, "closing");
  });
});
