import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as TestClock from "effect/testing/TestClock";
import { roverTour } from "../../../cli/demo/rover_tour.ts";
import { Rover, TICKS_PER_SECOND } from "../../../cli/rover/rover.ts";
import { type Offering, roverOffering } from "../../../cli/rover/rover_offering.ts";
import { makePair } from "../../support/pair.ts";
import { advance, settle } from "../../support/settle.ts";

const NOW = 1_700_000_000_000;

/** A tour of a rover whose ticks go on, with what is said up to a time, in ms since its start. */
const start = Effect.fnUntraced(function* (change: (options: Offering["options"]) => Offering["options"] = (it) => it) {
  yield* TestClock.setTime(NOW);
  const rover = new Rover();
  const offering = roverOffering(rover);
  const pair = yield* makePair({ gateway: change(offering.options) });
  offering.attach(pair.gateway);
  const tick = Effect.andThen(Effect.sleep(1000 / TICKS_PER_SECOND), Effect.sync(() => rover.step()));
  yield* Effect.forkScoped(Effect.forever(tick));
  const said: Array<string> = [];
  const fiber = yield* Effect.forkScoped(roverTour(pair.viewer, (line) => said.push(line)));
  return { ...pair, rover, said, fiber };
});

describe("the tour of the rover", () => {
  it.effect("says in a line each what the service, parameter, asset, graph and drive have come to", () =>
    Effect.gen(function* () {
      const { rover, said, fiber, log } = yield* start();
      const modes: Array<string> = [];
      rover.onMode((mode) => modes.push(mode));
      yield* advance(8_000, 10);
      assert.isDefined(fiber.pollUnsafe());
      assert.deepStrictEqual(said, [
        'tour: the service /echo has answered {"hello":"rover"} in 0.00 ms',
        "tour: the parameter /rover/max_speed was 1, is set to 0.7, and was told as such 0.00 ms later",
        "tour: the asset package://rover/rover.urdf has 2.1 KiB, fetched in 0.00 ms",
        "tour: the connection graph has 7 nodes, 7 topics, 2 services",
        "tour: drove by 60 commands on /cmd_vel and let go: the rover braked 500 ms after the last one and stood after " +
        "290 ms",
        "tour: the service /reset has put the rover back to its start, on autopilot",
      ]);
      assert.deepStrictEqual(modes, ["driven", "stopping", "stopped", "autopilot"]);
      assert.strictEqual(rover.settings.maxSpeed, 1);
      assert.deepStrictEqual([...log.at("error"), ...log.at("warning")], []);
    }));

  it.effect("goes on with the next step when one fails, and says why it did", () =>
    Effect.gen(function* () {
      const { said } = yield* start(({ assets: _, ...options }) => ({
        ...options,
        services: [{
          name: "/echo",
          handler: () => {
            throw new Error("out of order\x1b[2J");
          },
        }],
      }));
      yield* advance(12_000, 10);
      assert.lengthOf(said, 6);
      assert.match(said[0]!, /^tour: the service \/echo: .*out of order\\u001b\[2J/);
      assert.match(said[1]!, /is set to 0\.7/);
      assert.match(said[2]!, /^tour: the asset package:\/\/rover\/rover\.urdf: .*assets/);
      assert.match(said[4]!, /^tour: drove by 60 commands/);
      assert.match(said[5]!, /^tour: the service \/reset: .*\/reset/);
    }));

  it.effect("lets the rover go when it is cut short in the middle of the drive", () =>
    Effect.gen(function* () {
      const { rover, fiber, said } = yield* start();
      yield* advance(3_000, 10);
      assert.strictEqual(rover.mode, "driven");
      yield* Fiber.interrupt(fiber);
      yield* settle;
      // At once: the channel is taken back, so that no silence has to be waited for.
      assert.strictEqual(rover.mode, "stopping");
      yield* advance(1_000, 10);
      assert.strictEqual(rover.mode, "stopped");
      assert.lengthOf(said, 4);
    }));
});
