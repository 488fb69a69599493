import { assert, describe, it } from "vitest";
import { hush } from "../../../../adapters/livekit/webrtc/channel.ts";
import { complete, FakeDataChannel } from "../support/fake_data_channel.ts";
import { ManualTime } from "../support/manual_time.ts";

function setUp() {
  const time = new ManualTime();
  const channel = new FakeDataChannel();
  return { time, channel, completed: complete(channel, time) };
}

describe("a data channel", () => {
  it("asks the package once in a while, and counts what was sent since", async () => {
    const { time, channel, completed } = setUp();
    channel.amount = 500;
    assert.equal(completed.bufferedAmount, 500);
    completed.send(new Uint8Array(1_000));
    completed.send(new ArrayBuffer(10));
    channel.amount = 700;
    assert.equal(completed.bufferedAmount, 1_510);
    assert.equal(channel.asked, 1);
    await time.pass(2);
    assert.equal(completed.bufferedAmount, 700);
    assert.equal(channel.sent.length, 2);
  });

  it("asks again when much was sent within a moment", () => {
    const { channel, completed } = setUp();
    assert.equal(completed.bufferedAmount, 0);
    completed.send(new Uint8Array(64 * 1024 + 1));
    channel.amount = 9_000;
    assert.equal(completed.bufferedAmount, 9_000);
  });

  it("counts nothing that could not be sent", () => {
    const { channel, completed } = setUp();
    assert.equal(completed.bufferedAmount, 0);
    channel.state = "closed";
    assert.throws(() => completed.send(new Uint8Array(5)), TypeError);
    assert.equal(completed.bufferedAmount, 0);
  });

  it("believes for a moment that it is open, and nothing else", async () => {
    const { time, channel, completed } = setUp();
    channel.state = "connecting";
    assert.equal(completed.readyState, "connecting");
    channel.state = "open";
    assert.equal(completed.readyState, "open");
    channel.state = "closed";
    assert.equal(completed.readyState, "open");
    await time.pass(2);
    assert.equal(completed.readyState, "closed");
  });

  it("knows at once that it was closed from here", () => {
    const { completed } = setUp();
    assert.equal(completed.readyState, "open");
    completed.close();
    assert.equal(completed.readyState, "closing");
  });
});

describe("a buffer that empties", () => {
  function watched() {
    const made = setUp();
    const { completed, time } = made;
    const told: Array<string> = [];
    completed.bufferedAmountLowThreshold = 1_000;
    completed.addEventListener("bufferedamountlow", () => told.push(`at ${time.now()}`));
    return { ...made, told };
  }

  it("is told when it has fallen to the threshold, once", async () => {
    const { channel, completed, time, told } = watched();
    assert.equal(completed.bufferedAmount, 0);
    completed.send(new Uint8Array(5_000));
    channel.amount = 5_000;
    await time.pass(20);
    assert.deepEqual(told, []);
    channel.amount = 1_000;
    await time.pass(20);
    assert.deepEqual(told, ["at 1025"]);
    assert.equal(time.timers, 0);
  });

  it("is told again each time, also where it was emptied before anybody looked", async () => {
    const { completed, time, told } = watched();
    for (let turn = 0; turn < 3; turn++) {
      completed.send(new Uint8Array(5_000));
      await time.pass(20);
    }
    assert.deepEqual(told, ["at 1005", "at 1025", "at 1045"]);
  });

  it("is not looked at while there is less in it than that", async () => {
    const { channel, completed, time, told } = watched();
    completed.send(new Uint8Array(1_000));
    assert.equal(time.timers, 0);
    channel.amount = 1_000;
    await time.pass(20);
    assert.deepEqual([told, channel.asked], [[], 0]);
  });

  it("is told of when the threshold is raised, and not when the channel is closed", async () => {
    const { channel, completed, time, told } = watched();
    completed.send(new Uint8Array(5_000));
    channel.amount = 5_000;
    await time.pass(20);
    completed.bufferedAmountLowThreshold = 5_000;
    await time.pass(5);
    assert.equal(told.length, 1);
    completed.send(new Uint8Array(5_000));
    channel.amount = 10_000;
    channel.state = "closed";
    await time.pass(20);
    assert.deepEqual([told.length, time.timers], [1, 0]);
  });

  it("has a threshold of 0 where nobody says another", async () => {
    const { channel, completed, time } = setUp();
    let told = 0;
    completed.addEventListener("bufferedamountlow", () => told++);
    assert.equal(completed.bufferedAmountLowThreshold, 0);
    completed.send(Uint8Array.of(1));
    channel.amount = 1;
    await time.pass(20);
    assert.equal(told, 0);
    channel.amount = 0;
    await time.pass(5);
    assert.equal(told, 1);
  });
});

describe("hush", () => {
  it("lets nothing more out on that channel, and neither fails nor counts what is sent", () => {
    const { channel, completed } = setUp();
    completed.send(new Uint8Array(5));
    assert.equal(completed.bufferedAmount, 0);
    hush(completed);
    completed.send(new Uint8Array(1_000));
    assert.equal(channel.sent.length, 1);
    assert.equal(completed.bufferedAmount, 0);
    const other = setUp();
    other.completed.send(new Uint8Array(5));
    assert.equal(other.channel.sent.length, 1);
  });
});
