/**
 * `npm run soak:livekit -- --minutes 60`: a device and viewers as processes of their own, on a server that is started
 * for it, with messages all the time, viewers that come and go, signal connections that are cut, and a server that is
 * killed or shut down now and then. Before that, one process joins and leaves 200 times. Ends with a table of what was
 * lost and of what each process holds; fails where reliable messages are lost within a session, or where threads and
 * descriptors grow, also from one joining and leaving to the next.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { LiveKitServer } from "../support/livekit/server.ts";
import { Child, type Word } from "./faults/support/child.ts";
import { SignalProxy } from "./faults/support/proxy.ts";
import { isGrowing, memorySlope, type Sample, spread } from "./faults/support/samples.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    /** Seconds between two cuts of all signal connections. */
    cut: { type: "string", default: "25" },
    /** Minutes between two restarts of the server. */
    restart: { type: "string", default: "8" },
    /** How often one process joins and leaves, before all else. */
    cycles: { type: "string", default: "200" },
  },
});
const [minutes, cutS, restartMinutes] = [Number(values.minutes), Number(values.cut), Number(values.restart)];
const cycles = Number(values.cycles);
if (![minutes, cutS, restartMinutes, cycles].every((value) => value > 0)) {
  console.error("--minutes, --cut, --restart and --cycles are positive numbers");
  process.exit(2);
}
const SAMPLE_MS = 5_000;
const ROOM = "soak";

await using server = await LiveKitServer.start();
await using way = await SignalProxy.start(server.ports.http);
const { apiKey, apiSecret } = server.address;
const program = (name: string, identity: string, more: Word = {}) =>
  new Child(name, { url: way.url, apiKey, apiSecret, room: ROOM, identity, ...more });

await using device = program("device", "device", { lossyEveryMs: 10, lossyBytes: 1_000, reliableBytes: 100 });
await device.says("ready");
{
  const held: Array<Sample> = [];
  await using cycling = program("cycles", "guest", { cycles });
  const started = performance.now();
  for (let seen = 0; cycling.latest("done") === undefined;) {
    await sleep(100);
    if (cycling.isOver && cycling.latest("done") === undefined) throw new Error(cycling.errors);
    for (const word of cycling.words.slice(seen)) {
      if ("cycle" in word) held.push(sampleOf(word, performance.now() - started));
    }
    seen = cycling.words.length;
  }
  const seconds = (performance.now() - started) / 1000;
  const last = held.slice(-Math.ceil(cycles / 2));
  const grown = (last.at(-1)?.rssMiB ?? 0) - (last[0]?.rssMiB ?? 0);
  console.log(
    `${cycles} times joined and left in ${Math.round(seconds)} s; in the last half: threads ${
      spread(held, "threads")
    }, ` +
      `descriptors ${spread(held, "descriptors")}, RSS ${last[0]?.rssMiB} to ${last.at(-1)?.rssMiB} MiB, ` +
      `${Math.round(grown / last.length * 1024)} KiB a cycle`,
  );
  for (const what of ["threads", "descriptors"] as const) {
    // Of fewer there are no quarters to compare.
    if (cycles >= 8 && isGrowing(held, what)) throw new Error(`${what} grow with each joining and leaving`);
  }
}
const viewers = ["viewer-1", "viewer-2", "viewer-3"].map((identity) => program("viewer", identity));
// Each comes and goes in one process for the whole time.
const guests = ["guest-1", "guest-2"].map((identity) => program("viewer", identity, { stayMs: 2_000 }));
const all = new Map<string, Child>([
  ["device", device],
  ...viewers.map((viewer, index) => [`viewer-${index + 1}`, viewer] as const),
  ...guests.map((guest, index) => [`guest-${index + 1}`, guest] as const),
]);
const samples = new Map<string, Array<Sample>>([...all.keys()].map((name) => [name, []]));
await Promise.all([...viewers, ...guests].map((child) => child.says("ready")));

const begun = performance.now();
const endAt = begun + minutes * 60_000;
let cuts = 0;
let restarts = 0;
let nextCut = begun + cutS * 1_000;
let nextRestart = begun + restartMinutes * 60_000;
console.log(
  `begun ${new Date().toISOString()}, for ${minutes} minutes; processes ${[...all.values()].map((child) => child.pid)}`,
);
while (performance.now() < endAt) {
  await sleep(SAMPLE_MS);
  const now = performance.now();
  for (const [name, child] of all) {
    const word = child.words.findLast((one) => "rssMiB" in one);
    if (word !== undefined) samples.get(name)?.push(sampleOf(word, now - begun));
    if (child.words.length > 100) child.words.splice(0, child.words.length - 10);
  }
  // The last minute is quiet, so that all is seen to have come back.
  if (endAt - now < 60_000) continue;
  if (now >= nextRestart) {
    restarts += 1;
    if (restarts % 2 === 1) await server.kill();
    else await server.stop();
    await server.restart();
    nextRestart = performance.now() + restartMinutes * 60_000;
    nextCut = performance.now() + cutS * 1_000;
  } else if (now >= nextCut) {
    cuts += 1;
    way.cut();
    nextCut = now + cutS * 1_000;
  }
}

console.log(`${cuts} cuts of all signal connections, ${restarts} restarts of the server, in ${minutes} minutes\n`);
const rows: Array<Record<string, unknown>> = [];
const faults: Array<string> = [];
for (const [name, child] of all) {
  const own = samples.get(name) ?? [];
  const word = child.words.findLast((one) => "rssMiB" in one) ?? {};
  const { threads, descriptors } = { threads: spread(own, "threads"), descriptors: spread(own, "descriptors") };
  rows.push({
    process: name,
    ...told(word),
    "RSS MiB": word["rssMiB"],
    "MiB/hour": memorySlope(own),
    threads,
    descriptors,
  });
  if (child.isOver) faults.push(`${name} has ended: ${child.errors}`);
  if (!own.some(({ atMs }) => atMs > performance.now() - begun - 60_000)) {
    faults.push(`${name} has not been heard of lately`);
  }
  if (isGrowing(own, "threads")) faults.push(`${name}: threads grow: ${threads}`);
  if (isGrowing(own, "descriptors")) faults.push(`${name}: descriptors grow: ${descriptors}`);
  const lost = figure(word["count"], "lost") + figure(word["count"], "disordered");
  if (lost > 0) faults.push(`${name}: ${lost} reliable messages were lost within a session, or out of order`);
  if (name !== "device" && Number(word["last"]) < Number(device.latest("next")) - 500) {
    faults.push(`${name} does not receive any more`);
  }
}
console.table(rows);
for (const fault of faults) console.log(fault);
console.log(faults.length === 0 ? "all is as it must be" : `${faults.length} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;
await Promise.all([...all.values()].map((child) => child.kill()));

function sampleOf(word: Word, atMs: number): Sample {
  const { rssMiB, threads, descriptors } = word;
  return { atMs, rssMiB: Number(rssMiB), threads: Number(threads), descriptors: Number(descriptors) };
}

/** What a program has said last, in the columns of the table. */
function told(word: Word): Record<string, unknown> {
  return {
    reliable: word["next"] ?? figure(word["count"], "received"),
    "lost in a session": figure(word["count"], "lost"),
    "missed between": figure(word["count"], "missedBetween"),
    lossy: word["scans"] ?? figure(word["scan"], "received"),
    "lossy lost": figure(word["scan"], "lost"),
    joins: word["joins"],
    "failed joins": word["failures"],
    "rooms lost": Array.isArray(word["reasons"]) ? word["reasons"].length : undefined,
    resets: word["resets"],
    "last join ms": word["joinMs"],
  };
}

function figure(value: unknown, name: string): number {
  return typeof value === "object" && value !== null ? Number(Reflect.get(value, name)) : 0;
}
