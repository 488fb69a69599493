import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { LoopbackHub } from "../../../adapters/loopback/mod.ts";
import { Context, Gateway, Viewer } from "../../../mod.ts";
import { Breakable } from "../../support/breakable.ts";
import { CollectedLog } from "../../support/log.ts";
import { texts } from "../../support/pair.ts";
import { info, RawDevice, say } from "../../support/raw_device.ts";
import { advance, eventually, settle } from "../../support/settle.ts";

describe("Viewer: a control stream that breaks on its way", () => {
  it.effect("and is not opened anew makes it join anew, and go on, as its device hears of nothing", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const context = yield* Context.make;
      const channel = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
      yield* Gateway.make({ name: "rover", context, transport: hub.transport({ identity: "rover" }) });
      const way = new Breakable(hub.transport({ identity: "viewer-1" }));
      const log = new CollectedLog();
      const statuses: Array<string> = [];
      const viewer = yield* Viewer.make(way.transport, {
        log: log.log,
        onConnection: (status) => statuses.push(status),
      });
      const seen = texts(viewer.subscribe("/pose"));
      yield* viewer.deviceEffect;
      yield* eventually("it is subscribed", () => channel.hasSubscribers);
      channel.log("1");
      yield* settle;
      yield* way.break;
      yield* advance(4_500);
      channel.log("2");
      yield* advance(2_000);
      assert.deepStrictEqual(statuses, ["connected", "connecting", "connected"]);
      assert.isTrue(channel.hasSubscribers);
      channel.log("3");
      yield* settle;
      assert.deepStrictEqual(seen, ["1", "3"]);
      assert.include(
        log.at("warning"),
        "the device's stream has broken, and it opens no other; the room is joined anew",
      );
      // Once is enough.
      yield* advance(60_000);
      assert.deepStrictEqual(statuses, ["connected", "connecting", "connected"]);
    }));

  it.effect("and is opened anew, or whose device leaves, is no reason to join anew", () =>
    Effect.gen(function* () {
      const hub = yield* LoopbackHub.make();
      const device = yield* RawDevice.join(hub);
      const way = new Breakable(hub.transport({ identity: "viewer-1" }));
      const statuses: Array<string> = [];
      const viewer = yield* Viewer.make(way.transport, { onConnection: (status) => statuses.push(status) });
      const first = yield* device.open();
      yield* say(first, info());
      yield* viewer.deviceEffect;
      yield* way.break;
      yield* advance(4_500);
      const second = yield* device.open();
      yield* say(second, info());
      yield* advance(20_000);
      assert.deepStrictEqual(statuses, ["connected"]);
      assert.isDefined(viewer.serverInfo);
      yield* way.break;
      yield* advance(4_500);
      hub.participant("device").kick();
      yield* advance(20_000);
      assert.deepStrictEqual(statuses, ["connected"]);
    }));
});
