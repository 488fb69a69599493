import { assert, describe, it } from "vitest";
import { FramePacer, Lane, PACKET_BYTES } from "../../../adapters/livekit/frame_pacer.ts";
import { type LiveKitLimits, liveKitLimits } from "../../../adapters/livekit/limits.ts";
import { FakePublisher, FakeTrack } from "./support/fake_publisher.ts";
import { ManualTime, turns } from "./support/manual_time.ts";

const KIB = 1024;

function setUp(limits: Partial<LiveKitLimits> = {}) {
  const room = new FakePublisher();
  const time = new ManualTime();
  const pacer = new FramePacer(liveKitLimits(limits), time);
  return { room, time, pacer, lane: (name: string) => new Lane(new FakeTrack(room, name)) };
}

/** The log of a frame of so many packets. */
function whole(track: string, logTime: number, parts: number): ReadonlyArray<string> {
  return Array.from({ length: parts }, (_, part) => `${track}:${logTime}:${part + 1}/${parts}`);
}

describe("FramePacer", () => {
  it("hands a frame over at once when nothing is in its way", async () => {
    const { room, pacer, lane } = setUp();
    assert.isTrue(pacer.offer(lane("a"), new Uint8Array(100), 1n));
    await turns();
    assert.deepEqual(room.log, ["a:1:1/1"]);
  });

  it("lets frames of one packet go side by side, and keeps their order", async () => {
    const { room, pacer, lane } = setUp();
    const a = lane("a");
    room.isBlocked = true;
    for (let n = 1n; n <= 20n; n++) pacer.offer(a, new Uint8Array(KIB), n);
    await turns();
    assert.equal(room.parked, 20);
    room.unblock();
    await turns();
    assert.deepEqual(room.sent.map(({ logTime }) => logTime), Array.from({ length: 20 }, (_, n) => BigInt(n + 1)));
  });

  it("sends a burst of 20 frames of 16 KiB whole, one after the other, within its pace", async () => {
    const { room, time, pacer, lane } = setUp();
    const a = lane("a");
    for (let n = 1n; n <= 20n; n++) assert.isTrue(pacer.offer(a, new Uint8Array(16 * KIB), n));
    await turns();
    assert.isBelow(room.sent.length, 12);
    await time.pass(30);
    assert.deepEqual(room.log, Array.from({ length: 20 }, (_, n) => whole("a", n + 1, 2)).flat());
  });

  it("sends a frame of several packets alone, between frames of one packet too", async () => {
    const { room, pacer, lane } = setUp();
    const a = lane("a");
    for (const [index, bytes] of [10, PACKET_BYTES, PACKET_BYTES + 1, 10, 2 * PACKET_BYTES, 10].entries()) {
      pacer.offer(a, new Uint8Array(bytes), BigInt(index + 1));
    }
    await turns();
    assert.deepEqual(room.log, [
      ...["a:1:1/1", "a:2:1/1"],
      ...whole("a", 3, 2),
      "a:4:1/1",
      ...whole("a", 5, 2),
      "a:6:1/1",
    ]);
  });

  it("sends a frame of several packets alone also behind frames that joined one another while they waited", async () => {
    const { room, time, pacer, lane } = setUp();
    const a = lane("a");
    room.isBlocked = true;
    for (const n of [1n, 2n]) {
      pacer.offer(a, new Uint8Array(10), n);
      await turns();
    }
    for (const n of [3n, 4n]) pacer.offer(a, new Uint8Array(3 * PACKET_BYTES), n);
    room.unblock();
    await time.pass(10);
    assert.deepEqual(room.log, ["a:1:1/1", "a:2:1/1", ...whole("a", 3, 3), ...whole("a", 4, 3)]);
  });

  it("keeps the frames of other tracks back while one has packets under way, and lets tracks take turns", async () => {
    const { room, time, pacer, lane } = setUp();
    const [a, b, c] = [lane("a"), lane("b"), lane("c")];
    room.isBlocked = true;
    for (const [index, each] of [a, b, c].entries()) {
      pacer.offer(each, new Uint8Array(PACKET_BYTES + 1), BigInt(index + 1));
      pacer.offer(each, new Uint8Array(PACKET_BYTES + 1), BigInt(index + 11));
    }
    await turns();
    assert.equal(room.parked, 2);
    room.unblock();
    await time.pass(10);
    const order = [["a", 1], ["a", 11], ["b", 2], ["c", 3], ["b", 12], ["c", 13]] as const;
    assert.sameDeepMembers([...room.log], order.flatMap(([track, time]) => [...whole(track, time, 2)]));
    for (const [track, time] of order) {
      const first = room.log.indexOf(`${track}:${time}:1/2`);
      assert.equal(room.log[first + 1], `${track}:${time}:2/2`);
    }
    // A track that has had its turn comes after those that wait.
    assert.isBelow(room.log.indexOf("c:3:1/2"), room.log.indexOf("b:12:1/2"));
  });

  it("hands livekit-client no more than a burst while the channel takes nothing", async () => {
    const { room, time, pacer, lane } = setUp({ trackBurstBytes: 8 * KIB, trackQueueFrames: 100 });
    const a = lane("a");
    room.isBlocked = true;
    let taken = 0;
    for (let n = 0; n < 300; n++) {
      if (pacer.offer(a, new Uint8Array(KIB), BigInt(n))) taken++;
      await time.pass(1);
    }
    assert.equal(room.parked, 8);
    assert.equal(taken, 108);
  });

  it("takes no frame beyond its bound in frames, and takes them again when there is room", async () => {
    const { room, time, pacer, lane } = setUp({ trackQueueFrames: 3 });
    const a = lane("a");
    room.isBlocked = true;
    pacer.offer(a, new Uint8Array(PACKET_BYTES + 1), 0n);
    const taken = [1n, 2n, 3n, 4n].map((n) => pacer.offer(a, new Uint8Array(10), n));
    assert.deepEqual(taken, [true, true, true, false]);
    await turns();
    room.unblock();
    await time.pass(10);
    assert.isTrue(pacer.offer(a, new Uint8Array(10), 5n));
    await turns();
    assert.deepEqual(room.log, [...whole("a", 0, 2), "a:1:1/1", "a:2:1/1", "a:3:1/1", "a:5:1/1"]);
  });

  it("takes no frame beyond its bound in bytes, but a single larger one when none waits", async () => {
    const { room, pacer, lane } = setUp({ trackQueueBytes: 40 * KIB });
    const a = lane("a");
    room.isBlocked = true;
    pacer.offer(a, new Uint8Array(PACKET_BYTES + 1), 0n);
    assert.isTrue(pacer.offer(a, new Uint8Array(50 * KIB), 1n));
    assert.isFalse(pacer.offer(a, new Uint8Array(1), 2n));
    const b = lane("b");
    assert.isTrue(pacer.offer(b, new Uint8Array(30 * KIB), 3n));
    assert.isTrue(pacer.offer(b, new Uint8Array(10 * KIB), 4n));
    assert.isFalse(pacer.offer(b, new Uint8Array(1), 5n));
    await turns();
  });

  it("drops frames that have grown too old when their turn comes", async () => {
    const { room, time, pacer, lane } = setUp({ trackQueueAgeMs: 100 });
    const a = lane("a");
    const dropped: Array<number> = [];
    a.onDropped = ({ length }) => dropped.push(length);
    room.isBlocked = true;
    pacer.offer(a, new Uint8Array(PACKET_BYTES + 1), 0n);
    pacer.offer(a, new Uint8Array(11), 1n);
    pacer.offer(a, new Uint8Array(12), 2n);
    await time.pass(60);
    pacer.offer(a, new Uint8Array(10), 3n);
    await time.pass(60);
    room.unblock();
    await turns();
    assert.deepEqual(room.log, [...whole("a", 0, 2), "a:3:1/1"]);
    assert.deepEqual(dropped, [11, 12]);
    assert.isTrue(pacer.offer(a, new Uint8Array(10), 4n));
    await turns();
    assert.equal(room.log.at(-1), "a:4:1/1");
  });

  it("spreads what is pushed at once over time", async () => {
    const { room, time, pacer, lane } = setUp({ trackBurstBytes: 10 * KIB, trackBytesPerSecond: 1000 * KIB });
    const a = lane("a");
    for (let n = 1n; n <= 100n; n++) pacer.offer(a, new Uint8Array(KIB), n);
    await turns();
    assert.equal(room.sent.length, 10);
    await time.pass(45);
    assert.isAtLeast(room.sent.length, 40);
    assert.isAtMost(room.sent.length, 56);
    await time.pass(100);
    assert.equal(room.sent.length, 100);
    assert.equal(time.timers, 0);
  });

  it("goes on after a frame that livekit-client refuses", async () => {
    const { room, pacer, lane } = setUp();
    const gone = new FakeTrack(room, "gone");
    await gone.unpublish();
    const throwing = new Lane({
      tryPush: () => {
        throw new Error("not published");
      },
      flush: () => Promise.reject(new Error("no manager")),
    });
    const a = lane("a");
    for (const each of [new Lane(gone), throwing, a]) pacer.offer(each, new Uint8Array(10), 1n);
    await turns();
    assert.deepEqual(room.log, ["a:1:1/1"]);
  });

  it("goes on after half a second with the others when livekit-client never says that packets are out", async () => {
    const { room, time, pacer, lane } = setUp();
    const silent = new Lane({ tryPush: () => Promise.resolve(), flush: () => new Promise(() => undefined) });
    const a = lane("a");
    pacer.offer(silent, new Uint8Array(2 * PACKET_BYTES), 1n);
    pacer.offer(a, new Uint8Array(10), 2n);
    await time.pass(499);
    assert.deepEqual(room.log, []);
    await time.pass(1);
    assert.deepEqual(room.log, ["a:2:1/1"]);
    assert.equal(time.timers, 0);
  });

  it("forgets what waits in a lane that is dropped", async () => {
    const { room, pacer, lane } = setUp();
    const [a, b] = [lane("a"), lane("b")];
    pacer.offer(a, new Uint8Array(PACKET_BYTES + 1), 1n);
    pacer.offer(a, new Uint8Array(10), 2n);
    pacer.offer(b, new Uint8Array(10), 3n);
    pacer.drop(a);
    await turns();
    assert.deepEqual(room.log, [...whole("a", 1, 2), "b:3:1/1"]);
  });
});
