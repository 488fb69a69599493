/**
 * An hour on the loopback transport under a clock that stands still until it is moved, with ten messages a second on
 * their way: what a test of a whole working hour costs.
 */
import * as Effect from "effect/Effect";
import * as Layer from "effect/Layer";
import type * as Scope from "effect/Scope";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../adapters/loopback/mod.ts";
import { type ConfigurationError, Context, Gateway, Viewer } from "../mod.ts";
import { VirtualHub } from "../testing.ts";
import type { IncomingByteStream, JoinError, Room, StreamError, TrackError } from "../transport/mod.ts";
import { check, checkCount } from "./support/check.ts";
import { compare } from "./support/measure.ts";
import { figure, Report, time } from "./support/report.ts";

const HOUR_MS = 3_600_000;
const INTERVAL_MS = 100;
const MESSAGES = HOUR_MS / INTERVAL_MS;
/** Each message is under way for so long, half a way each, which makes its arrival an event of its own. */
const LATENCY_MS = 20;
const STEP_MS = 60_000;

const payload = new Uint8Array(100);

/** A log that goes nowhere: an hour has many lines. */
function silent(): void {}

type Failure = ConfigurationError | JoinError | StreamError | TrackError;

/** The hour and a little more for what is last on its way; counts what has arrived at the end. */
function hour(
  prepare: (
    hub: LoopbackHub,
    arrived: () => void,
  ) => Effect.Effect<() => Effect.Effect<void, Failure>, Failure, Scope.Scope>,
): () => Promise<void> {
  const program = Effect.gen(function* () {
    let count = 0;
    const hub = yield* LoopbackHub.make({ seed: 1 });
    hub.setDefaultConditions({ down: { latencyMs: LATENCY_MS } });
    const send = yield* prepare(hub, () => {
      count += 1;
    });
    yield* Effect.forkScoped(
      Effect.forEach(Array(MESSAGES), () => Effect.andThen(Effect.sleep(INTERVAL_MS), send()), { discard: true }),
    );
    for (let passed = 0; passed <= HOUR_MS; passed += STEP_MS) yield* TestClock.adjust(STEP_MS);
    checkCount("messages of an hour", count, MESSAGES);
  });
  const clock = TestClock.layer({ warningDelay: "1 hour" });
  return () => Effect.runPromise(Effect.scoped(Effect.provide(program, Layer.fresh(clock))));
}

function join(hub: LoopbackHub, identity: string): Effect.Effect<Room, JoinError, Scope.Scope> {
  return hub.transport({ identity }).join();
}

/** Nothing but the waiting of whoever sends: what the clock itself costs. */
const waiting = hour((_hub, arrived) => Effect.succeed(() => Effect.sync(arrived)));

/** Frames on a data track, by the port alone. */
const frames = hour((hub, arrived) =>
  Effect.gen(function* () {
    const viewer = yield* join(hub, "viewer-1");
    const device = yield* join(hub, "rover");
    const tracks = device.dataTracks;
    check(tracks !== undefined, "the loopback has no data tracks");
    const track = yield* tracks.publish("scan");
    const attach = Effect.callback<void>((resume) => {
      viewer.listen({
        dataTrackPublished: (remote) => {
          resume(Effect.scoped(Effect.andThen(Effect.orDie(remote.subscribe(arrived)), Effect.never)));
        },
      });
    });
    yield* Effect.forkScoped(attach);
    yield* TestClock.adjust(1000);
    return () => Effect.sync(() => check(track.push(payload, 0n), "a frame was not taken"));
  })
);

/** Writes to a byte stream, by the port alone; each arrives as a chunk of its own. */
const writes = hour((hub, arrived) =>
  Effect.gen(function* () {
    const viewer = yield* join(hub, "viewer-1");
    const device = yield* join(hub, "rover");
    const opened = Effect.callback<IncomingByteStream>((resume) => {
      viewer.listen({ byteStreamOpened: (stream) => resume(Effect.succeed(stream)) });
    });
    yield* Effect.forkScoped(Effect.gen(function* () {
      const stream = yield* opened;
      while ((yield* stream.read) !== undefined) arrived();
    }));
    yield* TestClock.adjust(1000);
    const stream = yield* device.openByteStream({ topic: "scan", destinations: ["viewer-1"] });
    return () => stream.write(payload);
  })
);

/** Messages from a gateway to a viewer. */
function messages(qos: "lossy" | "reliable"): () => Promise<void> {
  return hour((hub, arrived) =>
    Effect.gen(function* () {
      const context = yield* Context.make;
      const channel = context.channel({ topic: "/scan", encoding: "json", qos });
      yield* Gateway.make({ name: "rover", context, transport: hub.transport({ identity: "rover" }), log: silent });
      const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: silent });
      viewer.subscribe("/scan").onMessage(arrived);
      yield* TestClock.adjust(1000);
      return () => Effect.sync(() => channel.log(payload));
    })
  );
}

/** The same for those who write promises: the clock is moved for each message. */
async function promises(): Promise<void> {
  const hub = new VirtualHub({ seed: 1 });
  hub.setDefaultConditions({ down: { latencyMs: LATENCY_MS } });
  const context = new Context({ clock: hub.clock });
  const channel = context.channel({ topic: "/scan", encoding: "json", qos: "reliable" });
  const starting = Gateway.start({
    name: "rover",
    context,
    transport: hub.transport({ identity: "rover" }),
    log: silent,
  });
  const connecting = Viewer.connect(hub.transport({ identity: "viewer-1" }), { log: silent });
  await hub.advance(1000);
  const [gateway, viewer] = await Promise.all([starting, connecting]);
  let count = 0;
  viewer.subscribe("/scan").onMessage(() => {
    count += 1;
  });
  await hub.advance(1000);
  for (let message = 0; message < MESSAGES; message += 1) {
    channel.log(payload);
    await hub.advance(INTERVAL_MS);
  }
  checkCount("messages of an hour", count, MESSAGES);
  await Promise.all([viewer.close(), gateway.close(), hub.advance(1000)]);
}

const cases = {
  waiting: { name: "nothing sent: 36,000 sleeps under `TestClock`", run: waiting },
  frames: { name: "data-track frames, by the port alone", run: frames },
  writes: { name: "byte-stream writes, by the port alone", run: writes },
  lossy: { name: "lossy messages, gateway to viewer", run: messages("lossy") },
  reliable: { name: "reliable messages, gateway to viewer", run: messages("reliable") },
  promises: { name: "reliable messages, the clock moved 36,000 times with `await hub.advance(100)`", run: promises },
};
const keys = Object.keys(cases) as Array<keyof typeof cases>;
const timed = Object.fromEntries(keys.map((key) => [key, { ...cases[key], operations: 1 }]));
const timings = await compare(timed, { rounds: 3, turnMs: 1, samples: 1 });

const report = new Report("An hour on the loopback, 10 messages a second");
report.table([`${figure(MESSAGES)} messages, each ${LATENCY_MS} ms under way`, "an hour takes", "for each message"], [
  ...keys.map((key) => {
    const { median } = timings[key]!;
    return [cases[key].name, time(median), time(median / MESSAGES)];
  }),
]);
const port = Math.max(timings["frames"]!.median, timings["writes"]!.median);
const whole = Math.max(timings["lossy"]!.median, timings["reliable"]!.median);
report.target("an hour by the port alone under 1 s", `${time(port)} at the most`, port < 1e9);
report.target("an hour from gateway to viewer under 1 s", `${time(whole)} at the most`, whole < 1e9);
report.print();
