/**
 * The same device and viewer as in promises.ts, with Effect: scopes close what was opened, errors are typed, and time is
 * the fiber's.
 */
import * as Effect from "effect/Effect";
import * as References from "effect/References";
import * as Stream from "effect/Stream";
import { LoopbackHub } from "../adapters/loopback/mod.ts";
import { Context, Gateway, Viewer } from "../mod.ts";

const program = Effect.gen(function* () {
  const hub = yield* LoopbackHub.make();
  const context = yield* Context.make;
  const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });

  const gateway = yield* Gateway.make({
    name: "rover-7",
    context,
    transport: hub.transport({ identity: "rover-7" }),
    onSubscribe: (client, channel) => {
      console.log(`${client.identity} has subscribed to ${channel.topic}`);
      for (let x = 0; x < 3; x += 1) pose.log(JSON.stringify({ x, y: 0 }));
    },
  });

  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }));
  const device = yield* viewer.deviceEffect;
  console.log(`connected to ${device.name}, the gateway is ${gateway.status}`);

  yield* viewer.subscribe("/pose").stream.pipe(
    Stream.take(3),
    Stream.runForEach((message) => Effect.sync(() => console.log(message.topic, message.json()))),
  );
});

await Effect.runPromise(Effect.scoped(Effect.provideService(program, References.MinimumLogLevel, "Warn")));
