/**
 * Counts what is in memory before anybody has joined a device, and after everybody has left it, object by object. Node
 * alone can say, and takes its time in a large process: it is run in one of its own, with the seeds of the programs.
 *
 * @module
 */
import { queryObjects } from "node:v8";
import * as Effect from "effect/Effect";
import { FrameQueue } from "../../core/participant/frame_queue.ts";
import { Participant } from "../../core/participant/participant.ts";
import { Session } from "../../core/session/session.ts";
import { programOf } from "./support/program.ts";
import { runProgram } from "./support/world.ts";

const STEPS = 60;

/** The class of fibers, which Effect does not export. */
const Fiber = Effect.runSync(Effect.withFiber((fiber) => Effect.succeed(fiber.constructor)));

/** What is made for a viewer, for its stream or the stream back to the device, for a session, and for whatever waits. */
const kinds: Readonly<Record<string, Parameters<typeof queryObjects>[0]>> = {
  Participant,
  FrameQueue,
  Session,
  Fiber,
};

/** How many of each kind there are, after the garbage has been collected. */
function counts(): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, queryObjects(kind, { format: "count" })]),
  );
}

for (const seed of process.argv.slice(2).map(Number)) {
  const seen: Record<string, unknown> = { seed };
  const { violations } = await runProgram(
    programOf(seed, STEPS),
    undefined,
    (moment) => void (seen[moment] = counts()),
  );
  console.log(JSON.stringify({ ...seen, violations }));
}
