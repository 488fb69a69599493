import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { encodeDataTrackFrame, encodeServerFrame, type ServerMessage } from "../../../core/protocol/mod.ts";
import { texts } from "../../support/pair.ts";
import { advertise, data, say } from "../../support/raw_device.ts";
import { rawPair } from "../../support/raw_pair.ts";
import { settle } from "../../support/settle.ts";

import { bytes } from "../../support/streams.ts";

const topic = "/t";

function frameOf(message: ServerMessage): Uint8Array {
  const frame = encodeServerFrame(message);
  if (!(frame instanceof Uint8Array)) throw frame;
  return frame;
}

/** Sends a number of messages of channel 1, on a data track and on a channel stream, to one subscription. */
const flood = Effect.fnUntraced(function* (reliable: boolean) {
  const { viewer, device, control } = yield* rawPair([]);
  yield* say(control, advertise({ id: 1, topic, reliable }));
  const subscription = viewer.subscribe(topic, { reliableBytes: 1_000 });
  yield* settle;
  const track = yield* device.room.dataTracks!.publish("data-ch-1");
  const stream = yield* device.room.openByteStream({ topic: "ch-1", destinations: ["viewer-1"] });
  yield* settle;
  for (let n = 0; n < 20; n += 1) {
    track.push(encodeDataTrackFrame(n, bytes("track".padEnd(100, "."))), 1n);
    yield* Effect.ignore(stream.write(frameOf(data(1, "stream".padEnd(100, ".")))));
    yield* settle;
  }
  return { control, subscription };
});

describe("Viewer: the carriers of lossy messages", () => {
  it.effect("bring those of a lossy channel", () =>
    Effect.gen(function* () {
      const { subscription } = yield* flood(false);
      assert.strictEqual(texts(subscription).length, 40);
    }));

  it.effect("bring nothing of a reliable channel, whose messages nothing would hold up there", () =>
    Effect.gen(function* () {
      const { control, subscription } = yield* flood(true);
      yield* say(control, data(1, "control"));
      yield* settle;
      assert.deepStrictEqual(texts(subscription), ["control"]);
    }));

  it.effect("are let go when their channel becomes a reliable one, and taken when it is lossy again", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair([]);
      const seen = texts(viewer.subscribe(topic));
      const track = yield* device.room.dataTracks!.publish("data-ch-1");
      yield* say(control, advertise({ id: 1, topic, reliable: false }));
      yield* settle;
      const stream = yield* device.room.openByteStream({ topic: "ch-1", destinations: ["viewer-1"] });
      for (const [n, reliable] of [false, true, false].entries()) {
        yield* say(control, advertise({ id: 1, topic, reliable }));
        yield* settle;
        track.push(encodeDataTrackFrame(n, bytes(`track ${n}`)), 1n);
        yield* Effect.ignore(stream.write(frameOf(data(1, `stream ${n}`))));
        yield* settle;
      }
      assert.deepStrictEqual(seen.toSorted(), ["stream 0", "stream 2", "track 0", "track 2"]);
    }));

  it.effect("are not read where they come before their channel: a device opens them for subscribers", () =>
    Effect.gen(function* () {
      const { viewer, device, control } = yield* rawPair([]);
      const seen = texts(viewer.subscribe(topic));
      const open = device.room.openByteStream({ topic: "ch-1", destinations: ["viewer-1"] });
      const early = yield* open;
      yield* settle;
      yield* say(control, advertise({ id: 1, topic, reliable: false }));
      yield* settle;
      const late = yield* open;
      yield* settle;
      yield* Effect.ignore(early.write(frameOf(data(1, "early"))));
      yield* late.write(frameOf(data(1, "late")));
      yield* settle;
      assert.deepStrictEqual(seen, ["late"]);
    }));
});
