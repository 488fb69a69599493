import { assert, describe, it } from "vitest";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { loadClient } from "../../adapters/livekit/client.ts";
import { MAX_FRAME_BYTES } from "../../adapters/livekit/outgoing_track.ts";
import type { OutgoingDataTrack, RemoteDataTrack, Room } from "../../transport/mod.ts";
import { freshRoom, suiteServer, tokenFor, transport } from "../support/livekit/suite.ts";

const KIB = 1024;
/** On a machine that is busy with other things some time goes by between two packets. */
const PATIENCE_MS = 20_000;

/**
 * Of a hundred. Nothing is lost on a machine with time to spare, some is on a busy one, and next to nothing would arrive
 * of frames that interleave.
 */
const ENOUGH = 40;

/** Waits until it holds. */
async function until(what: string, holds: () => boolean, act: () => unknown = () => {}): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!holds()) {
    assert.isBelow(Date.now(), end, `it has not come about that ${what}`);
    await act();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until nothing has arrived for a while. */
async function arrived(count: () => number): Promise<number> {
  for (let before = -1; before !== count();) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  return count();
}

/** A participant in a room. */
class Guest implements AsyncDisposable {
  readonly room: Room;
  readonly tracks: Array<RemoteDataTrack> = [];
  readonly #scope: Scope.Closeable;

  private constructor(room: Room, scope: Scope.Closeable) {
    this.room = room;
    this.#scope = scope;
    room.listen({ dataTrackPublished: (track) => void this.tracks.push(track) });
  }

  static async join(name: string, identity: string): Promise<Guest> {
    const scope = Scope.makeUnsafe();
    return new Guest(await Effect.runPromise(Scope.provide(transport(name, identity).join(), scope)), scope);
  }

  async publish(name: string): Promise<OutgoingDataTrack> {
    const { dataTracks } = this.room;
    assert.isDefined(dataTracks);
    return await Effect.runPromise(dataTracks.publish(name));
  }

  /** Subscribes to a track of that name; the function given back ends it. */
  async subscribe(name: string, listener: (frame: Uint8Array, logTime: bigint) => void): Promise<() => Promise<void>> {
    const find = (): RemoteDataTrack | undefined => this.tracks.find((track) => track.name === name);
    await until(`track ${name} is told of`, () => find() !== undefined);
    const track = find();
    assert.isDefined(track);
    const scope = Scope.makeUnsafe();
    await Effect.runPromise(Scope.provide(track.subscribe(listener), scope));
    return () => Effect.runPromise(Scope.close(scope, Exit.void));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Effect.runPromise(Scope.close(this.#scope, Exit.void));
  }
}

/** Bursts of 20 frames of 16 KiB, each pushed in one go; the next one when what is left of the last has arrived. */
async function pushBursts(track: OutgoingDataTrack, bursts: number, count: () => number): Promise<void> {
  for (let burst = 0; burst < bursts; burst++) {
    for (let frame = 0; frame < 20; frame++) {
      assert.isTrue(track.push(new Uint8Array(16 * KIB).fill(frame), BigInt(burst * 20 + frame)));
    }
    await arrived(count);
  }
}

describe("data tracks on a server", () => {
  it("bring bursts of large frames through, whole", async () => {
    const name = freshRoom();
    await using device = await Guest.join(name, "device");
    await using viewer = await Guest.join(name, "viewer");
    const track = await device.publish("large");
    let whole = 0;
    await viewer.subscribe("large", (frame, logTime) => {
      assert.equal(frame.length, 16 * KIB);
      assert.isTrue(frame.every((byte) => BigInt(byte) === logTime % 20n));
      whole++;
    });
    await pushBursts(track, 5, () => whole);
    assert.isAtLeast(whole, ENOUGH);
  });

  it("bring bursts of large frames through to a viewer that puts together one frame at a time", async () => {
    const name = freshRoom();
    await using device = await Guest.join(name, "device");
    const track = await device.publish("large");
    const { Room: ClientRoom } = await loadClient();
    const theirs = new ClientRoom();
    let whole = 0;
    const subscribed = Promise.withResolvers<void>();
    theirs.on("dataTrackPublished", async (remote) => {
      const reader = remote.subscribe({ bufferSize: 100 }).getReader();
      subscribed.resolve();
      while (!(await reader.read()).done) whole++;
    });
    await theirs.connect(suiteServer().url, await tokenFor(name, "theirs"), { rtcConfig: { iceServers: [] } });
    await subscribed.promise;
    await until("frames arrive", () => whole > 0, () => track.push(Uint8Array.of(1), 1n));
    await arrived(() => whole);
    whole = 0;
    await pushBursts(track, 5, () => whole);
    assert.isAtLeast(whole, ENOUGH);
    await theirs.disconnect();
  });

  it("bring small frames through at a high rate", async () => {
    const name = freshRoom();
    await using device = await Guest.join(name, "device");
    await using viewer = await Guest.join(name, "viewer");
    const track = await device.publish("small");
    let count = 0;
    await viewer.subscribe("small", () => void count++);
    let taken = 0;
    await until("2,000 frames are taken", () => taken >= 2_000, () => {
      for (let frame = 0; frame < 20; frame++) if (track.push(new Uint8Array(KIB), 1n)) taken++;
    });
    assert.isAtLeast(await arrived(() => count), taken / 2);
  });

  it("carry frames of every size up to the largest", async () => {
    const name = freshRoom();
    await using device = await Guest.join(name, "device");
    await using viewer = await Guest.join(name, "viewer");
    const track = await device.publish("sizes");
    const sizes = new Set<number>();
    await viewer.subscribe("sizes", (frame) => void sizes.add(frame.length));
    for (const size of [1, 15_976, 15_977, 64 * KIB, 100 * KIB, MAX_FRAME_BYTES]) {
      await until(
        `a frame of ${size} bytes arrives`,
        () => sizes.has(size),
        async () => {
          track.push(new Uint8Array(size), 1n);
          await new Promise((resolve) => setTimeout(resolve, 100));
        },
      );
    }
  });

  it("are received by several listeners of one participant, each until its own end, and again after the last", async () => {
    const name = freshRoom();
    await using device = await Guest.join(name, "device");
    await using viewer = await Guest.join(name, "viewer");
    const track = await device.publish("shared");
    const counts = [0, 0, 0];
    const push = (): void => void track.push(Uint8Array.of(1), 1n);
    const listen = (index: number): Promise<() => Promise<void>> =>
      viewer.subscribe("shared", () => void counts[index]!++);
    const [endFirst, endSecond] = [await listen(0), await listen(1)];
    await until("both hear", () => counts[0]! > 0 && counts[1]! > 0, push);
    await endFirst();
    const [heardByFirst, heardBySecond] = counts;
    await until("the other one still hears", () => counts[1]! > heardBySecond!, push);
    assert.equal(counts[0], heardByFirst);
    await endSecond();
    await listen(2);
    await until("a new one hears", () => counts[2]! > 0, push);
    assert.equal(counts[0], heardByFirst);
  });

  it("end with their room, whatever is under way on however many", async () => {
    const name = freshRoom();
    await using viewer = await Guest.join(name, "viewer");
    const device = await Guest.join(name, "device");
    const tracks = await Promise.all(Array.from({ length: 12 }, (_, index) => device.publish(`track-${index}`)));
    await viewer.subscribe("track-0", () => {});
    for (const track of tracks) for (let frame = 0; frame < 40; frame++) track.push(new Uint8Array(100 * KIB), 1n);
    await device[Symbol.asyncDispose]();
    assert.deepEqual(tracks.map((track) => track.push(Uint8Array.of(1), 1n)), tracks.map(() => false));
  });
});
