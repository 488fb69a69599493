import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { RoundTripTime } from "../../../core/session/ping.ts";
import { type Device, startDevice } from "../../support/device.ts";
import { RawViewer } from "../../support/raw_viewer.ts";
import { advance } from "../../support/settle.ts";

describe("the round-trip time", () => {
  it("leaves its first sample out of the mean", () => {
    const rtt = new RoundTripTime();
    rtt.sample(100);
    assert.strictEqual(rtt.latest, 100);
    assert.isUndefined(rtt.mean);
  });

  it("begins its mean with the second sample, without variance", () => {
    const rtt = new RoundTripTime();
    rtt.sample(999);
    rtt.sample(100);
    assert.strictEqual(rtt.latest, 100);
    assert.strictEqual(rtt.mean, 100);
    assert.strictEqual(rtt.variance, 0);
  });

  it("weights later samples by 0.3", () => {
    const rtt = new RoundTripTime();
    for (const ms of [5, 100, 200, 50]) rtt.sample(ms);
    assert.approximately(rtt.mean ?? 0, 130 + 0.3 * (50 - 130), 1e-9);
    assert.approximately(rtt.variance, 0.7 * (0.7 * 0.3 * 100 ** 2 + 0.3 * 80 ** 2), 1e-9);
  });

  it("ignores samples from the future altogether", () => {
    const rtt = new RoundTripTime();
    rtt.sample(-1);
    assert.isUndefined(rtt.latest);
    rtt.sample(100);
    assert.isUndefined(rtt.mean);
    rtt.sample(-5);
    rtt.sample(200);
    assert.strictEqual(rtt.latest, 200);
    assert.strictEqual(rtt.mean, 200);
  });
});

const start = Effect.fnUntraced(function* () {
  const hub = yield* LoopbackHub.make();
  const device = yield* startDevice(hub);
  const viewer = yield* RawViewer.join(hub);
  yield* viewer.next("serverInfo");
  return { hub, device, viewer };
});

/** The round-trip times in the session's reports. */
function reported({ log }: Device): ReadonlyArray<unknown> {
  return log.lines.filter(({ message }) => message === "the session goes on").map(({ fields }) =>
    fields["roundTripTimeMs"]
  );
}

describe("a ping", () => {
  it.effect("is answered at once, with its first 8 bytes and the device's clock, whatever the capabilities", () =>
    Effect.gen(function* () {
      const { viewer } = yield* start();
      yield* advance(1_234);
      const payload = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
      yield* viewer.send({ op: "ping", appTimestamp: 0x0807060504030201n, payload });
      const pong = yield* viewer.next("pong");
      assert.strictEqual(pong.appTimestamp, 0x0807060504030201n);
      assert.strictEqual(pong.deviceTimestamp, 1_234n);
      yield* viewer.silence;
    }));

  it.effect("keeps its place behind what was queued before", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      device.context.channel({ topic: "/before", encoding: "json" });
      yield* viewer.send({ op: "ping", appTimestamp: 1n, payload: new Uint8Array(8) });
      yield* viewer.next("advertise");
      yield* viewer.next("pong");
    }));
});

describe("a ping ack", () => {
  it.effect("gives the session a sample, one tracker for all viewers, and is answered by nothing", () =>
    Effect.gen(function* () {
      const { hub, device, viewer } = yield* start();
      const other = yield* RawViewer.join(hub, "viewer-2");
      yield* advance(1_000);
      yield* viewer.send({ op: "pingAck", deviceTimestamp: 1n });
      yield* advance(30_000);
      assert.deepStrictEqual(reported(device), [undefined]);
      yield* other.send({ op: "pingAck", deviceTimestamp: 30_900n });
      yield* advance(30_000);
      assert.deepStrictEqual(reported(device), [undefined, 100]);
      yield* viewer.silence;
    }));

  it.effect("from the future is ignored: the next one is the first sample", () =>
    Effect.gen(function* () {
      const { device, viewer } = yield* start();
      yield* advance(1_000);
      for (const deviceTimestamp of [5_000n, 900n, 800n]) yield* viewer.send({ op: "pingAck", deviceTimestamp });
      yield* advance(30_000);
      assert.deepStrictEqual(reported(device), [200]);
    }));
});
