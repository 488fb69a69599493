/**
 * A tour of the simulated rover: a service, a parameter, an asset, the graph, and a drive.
 */
import * as Clock from "effect/Clock";
import * as Deferred from "effect/Deferred";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type * as Scope from "effect/Scope";
import * as Stream from "effect/Stream";
import {
  type ConnectionGraph,
  Float64,
  type ParameterValue,
  type ParameterWatch,
  type Viewer,
  type ViewerChannel,
} from "../../mod.ts";
import { formatBytes, formatDuration, plural } from "../format.ts";
import { COMMAND_TOPIC } from "../rover/rover_graph.ts";
import { roverParameterNames } from "../rover/rover_parameters.ts";
import { TWIST_STAMPED } from "../rover/schemas.ts";
import { twistStamped } from "../rover/twist.ts";
import { DESCRIPTION_URI } from "../rover/urdf.ts";
import { inTime, type Step, takeSteps, timed, type Tour } from "./tour.ts";
import { milliseconds } from "../watch/watch.ts";

/** How the viewer drives: a gentle turn to the right, where nothing is in the way. */
const DRIVE = { linear: 0.6, angular: -0.6 } as const;
const DRIVE_MS = 3_000;
/** From one command to the next. */
const COMMAND_EVERY_MS = 50;
/** What the rover's highest speed is set to, in m/s, and what it is at first. */
const SLOWER = 0.7;
const USUAL = 1;

/** Shows all that a rover offers, and leaves it as it was. */
export const roverTour: Tour = (viewer, say) =>
  takeSteps([echo(viewer), parameter(viewer), asset(viewer), graph(viewer), drive(viewer), reset(viewer)], say);

function echo(viewer: Viewer): Step {
  return {
    what: "the service /echo",
    take: Effect.gen(function* () {
      const [reply, ms] = yield* timed(viewer.callServiceEffect("/echo", { hello: "rover" }));
      return `the service /echo has answered ${reply.text()} in ${formatDuration(ms)}`;
    }),
  };
}

function parameter(viewer: Viewer): Step {
  const name = roverParameterNames.maxSpeed;
  return {
    what: `the parameter ${name}`,
    take: Effect.gen(function* () {
      const before = (yield* viewer.getParametersEffect([name])).get(name);
      const watch = yield* watching(viewer, name);
      const told = yield* Effect.forkScoped(awaitValue(watch, (value) => numberOf(value) === SLOWER));
      const change = Effect.andThen(
        viewer.setParametersEffect({ [name]: new Float64(SLOWER) }),
        inTime(Fiber.join(told), "news of the change"),
      );
      const [, ms] = yield* timed(change);
      const from = String(before?.value ?? "unset");
      return `the parameter ${name} was ${from}, is set to ${SLOWER}, and was told as such ${formatDuration(ms)} later`;
    }),
  };
}

function asset(viewer: Viewer): Step {
  return {
    what: `the asset ${DESCRIPTION_URI}`,
    take: Effect.gen(function* () {
      const [data, ms] = yield* timed(viewer.fetchAssetEffect(DESCRIPTION_URI));
      return `the asset ${DESCRIPTION_URI} has ${formatBytes(data.byteLength)}, fetched in ${formatDuration(ms)}`;
    }),
  };
}

function graph(viewer: Viewer): Step {
  return {
    what: "the connection graph",
    take: Effect.gen(function* () {
      const watch = yield* Effect.acquireRelease(
        Effect.sync(() => viewer.watchConnectionGraph()),
        (watch) => Effect.sync(() => watch.close()),
      );
      yield* inTime(Stream.runHead(watch.stream), "the graph");
      const { publishedTopics, subscribedTopics, advertisedServices } = watch.graph;
      const topics = new Set([...publishedTopics.keys(), ...subscribedTopics.keys()]);
      const parts = [
        plural(nodesOf(watch.graph).size, "node"),
        plural(topics.size, "topic"),
        plural(advertisedServices.size, "service"),
      ];
      return `the connection graph has ${parts.join(", ")}`;
    }),
  };
}

function drive(viewer: Viewer): Step {
  return {
    what: `driving by ${COMMAND_TOPIC}`,
    take: Effect.gen(function* () {
      const stops = yield* watchStops(viewer);
      const channel = yield* Effect.acquireRelease(
        Effect.sync(() => viewer.channel({ topic: COMMAND_TOPIC, encoding: "json", schema: TWIST_STAMPED })),
        (channel) => Effect.sync(() => channel.close()),
      );
      yield* inTime(channel.readyEffect, "a channel for commands");
      const { taken, lastAt } = yield* sendCommands(channel);
      const { stopping, stopped } = yield* inTime(stops, "the rover's stop");
      return `drove by ${plural(taken, "command")} on ${COMMAND_TOPIC} and let go: the rover braked ` +
        `${formatDuration(stopping - lastAt)} after the last one and stood after ${formatDuration(stopped - stopping)}`;
    }),
  };
}

function reset(viewer: Viewer): Step {
  return {
    what: "the service /reset",
    take: Effect.gen(function* () {
      yield* viewer.setParametersEffect({ [roverParameterNames.maxSpeed]: new Float64(USUAL) });
      yield* viewer.callServiceEffect("/reset");
      return "the service /reset has put the rover back to its start, on autopilot";
    }),
  };
}

/** What has become of the commands, and when the last of them was sent, in ms. */
interface Driven {
  readonly taken: number;
  readonly lastAt: number;
}

const sendCommands: (channel: ViewerChannel) => Effect.Effect<Driven> = Effect.fnUntraced(function* (
  channel: ViewerChannel,
) {
  const clock = yield* Clock.clockWith(Effect.succeed);
  let taken = 0;
  let lastAt = 0;
  for (let ms = 0; ms < DRIVE_MS; ms += COMMAND_EVERY_MS) {
    lastAt = milliseconds(clock);
    if (channel.publish(twistStamped(DRIVE, lastAt))) taken += 1;
    yield* Effect.sleep(Duration.millis(COMMAND_EVERY_MS));
  }
  return { taken, lastAt };
});

/** When the rover begins to stop after it was driven, and when it stands, in ms. */
interface Stop {
  readonly stopping: number;
  readonly stopped: number;
}

/** Watches what moves the rover from now on; what it gives waits for its next stop. */
const watchStops: (viewer: Viewer) => Effect.Effect<Effect.Effect<Stop>, never, Scope.Scope> = Effect.fnUntraced(
  function* (viewer: Viewer) {
    const clock = yield* Clock.clockWith(Effect.succeed);
    const done = Deferred.makeUnsafe<Stop>();
    const watch = yield* watching(viewer, roverParameterNames.mode);
    let stopping: number | undefined;
    watch.onChange(({ value }) => {
      const now = milliseconds(clock);
      if (value === "driven") stopping = undefined;
      else if (value === "stopping") stopping = now;
      else if (value === "stopped" && stopping !== undefined) {
        Deferred.doneUnsafe(done, Effect.succeed({ stopping, stopped: now }));
      }
    });
    return Deferred.await(done);
  },
);

function watching(viewer: Viewer, name: string): Effect.Effect<ParameterWatch, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => viewer.watchParameters([name])),
    (watch) => Effect.sync(() => watch.close()),
  );
}

/** Waits until a watched parameter has a value of that kind. */
function awaitValue(watch: ParameterWatch, isWanted: (value: ParameterValue | undefined) => boolean) {
  return Stream.runHead(Stream.filter(watch.stream, ({ value }) => isWanted(value)));
}

function nodesOf({ publishedTopics, subscribedTopics, advertisedServices }: ConnectionGraph): ReadonlySet<string> {
  const all = [publishedTopics, subscribedTopics, advertisedServices].flatMap((entries) => [...entries.values()]);
  return new Set(all.flatMap((ids) => [...ids]));
}

function numberOf(value: ParameterValue | undefined): number | undefined {
  if (value instanceof Float64) return value.value;
  return typeof value === "number" ? value : undefined;
}
