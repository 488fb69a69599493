import { assert, describe, it } from "vitest";
import { hush } from "../../../../adapters/livekit/webrtc/channel.ts";
import { FakeDataChannel, remembering as rememberingOf } from "../support/fake_data_channel.ts";

function setUp() {
  const time = { now: 1_000 };
  const channel = new FakeDataChannel();
  return { time, channel, remembering: rememberingOf(channel, () => time.now) };
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

describe("hush", () => {
  it("lets nothing more out on that channel, and neither fails nor counts what is sent", () => {
    const { channel, remembering } = setUp();
    remembering.send(new Uint8Array(5));
    assert.equal(remembering.bufferedAmount, 0);
    hush(remembering);
    remembering.send(new Uint8Array(1_000));
    assert.equal(channel.sent.length, 1);
    assert.equal(remembering.bufferedAmount, 0);
    const other = setUp();
    other.remembering.send(new Uint8Array(5));
    assert.equal(other.channel.sent.length, 1);
  });
});
