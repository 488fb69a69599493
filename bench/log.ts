/**
 * `log()` while nobody is subscribed, against an event without listeners: what a device pays for telemetry that nobody
 * watches.
 */
import { EventEmitter } from "node:events";
import { getHeapStatistics } from "node:v8";
import { LoopbackHub } from "../adapters/loopback/mod.ts";
import { type Channel, Context, Gateway, type Sink, Viewer } from "../mod.ts";
import { check, checkCount } from "./support/check.ts";
import { collectGarbage } from "./support/gc.ts";
import { compare } from "./support/measure.ts";
import { figure, Report, runtime, time, times } from "./support/report.ts";

/** More than one of each, in turns: a single one could be taken out of the loop by the compiler. */
const OBJECTS = 64;
const CALLS = 1024;
const ALLOCATION_CALLS = 10_000_000;
const ATTEMPTS = 4;
/** Whatever is allocated takes 16 bytes at least; below this a call allocates nothing. */
const NO_BYTES = 0.5;

const payload = new Uint8Array(1024);
const text = '{"x":1,"y":2}';

function makeChannels(context: Context, prefix: string): ReadonlyArray<Channel> {
  return Array.from(
    { length: OBJECTS },
    (_, index) => context.channel({ topic: `${prefix}/${index}`, encoding: "json" }),
  );
}

function makeEmitters(): ReadonlyArray<EventEmitter> {
  return Array.from({ length: OBJECTS }, () => new EventEmitter());
}

function logAll(channels: ReadonlyArray<Channel>, data: Uint8Array | string): () => void {
  return () => {
    for (let call = 0; call < CALLS; call += 1) channels[call % OBJECTS]!.log(data);
  };
}

function emitAll(emitters: ReadonlyArray<EventEmitter>): () => void {
  return () => {
    for (let call = 0; call < CALLS; call += 1) emitters[call % OBJECTS]!.emit("message", payload);
  };
}

class CountingSink implements Sink {
  readonly name = "count";
  readonly subscribesToAll = true;
  count = 0;
  readonly addChannels = (): void => {};
  readonly removeChannel = (): void => {};
  readonly log = (): void => {
    this.count += 1;
  };
}

/** Shows that the calls which are measured do reach somebody when somebody is there. */
function checkChannels(context: Context, run: () => void): void {
  const sink = new CountingSink();
  context.addSink(sink);
  run();
  context.removeSink(sink);
  run();
  checkCount("messages logged to a subscriber", sink.count, CALLS);
}

function checkEmitters(emitters: ReadonlyArray<EventEmitter>, run: () => void): void {
  let count = 0;
  const listener = (): void => {
    count += 1;
  };
  for (const emitter of emitters) emitter.on("message", listener);
  run();
  for (const emitter of emitters) emitter.off("message", listener);
  run();
  checkCount("events told to a listener", count, CALLS);
}

interface Allocation {
  /** Bytes that one call allocates, garbage included. */
  readonly perCall: number;
  /** Bytes that are still there after all calls. */
  readonly heapGrowth: number;
}

/** What calls allocate. Only V8 counts that, in steps of up to a MiB: the least of several runs is the best bound. */
function allocation(run: () => void): Allocation {
  let least: Allocation | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const found = allocationOnce(run);
    if (least === undefined || found.perCall < least.perCall) least = found;
  }
  check(least !== undefined, "allocations have not been measured");
  return least;
}

function allocationOnce(run: () => void): Allocation {
  const batches = Math.ceil(ALLOCATION_CALLS / CALLS);
  collectGarbage();
  const heap = process.memoryUsage().heapUsed;
  const before = getHeapStatistics().total_allocated_bytes;
  for (let batch = 0; batch < batches; batch += 1) run();
  const allocated = getHeapStatistics().total_allocated_bytes - before;
  collectGarbage();
  return { perCall: allocated / (batches * CALLS), heapGrowth: process.memoryUsage().heapUsed - heap };
}

let held: unknown;

/** Shows that the measurement sees an object that lives for one call only. */
function allocateAll(): void {
  for (let call = 0; call < CALLS; call += 1) held = { call };
}

function reportAllocation(report: Report, cases: ReadonlyArray<readonly [string, () => void]>): void {
  let most = 0;
  const rows = cases.map(([name, run]): ReadonlyArray<string> => {
    const { perCall, heapGrowth } = allocation(run);
    check(perCall < NO_BYTES, `${name} allocates ${perCall} bytes a call`);
    most = Math.max(most, perCall);
    return [name, figure(perCall), figure(heapGrowth)];
  });
  const control = allocation(allocateAll);
  check(held !== undefined && control.perCall >= 16, "the measurement of allocations sees nothing");
  report.table(["10,000,000 calls", "bytes allocated a call", "heap growth in bytes"], [
    ...rows,
    ["for comparison: one object a call", figure(control.perCall), figure(control.heapGrowth)],
  ]);
  report.target("`log()` without a subscriber allocates nothing", `${figure(most)} bytes a call`, true);
}

const idle = new Context();
const idleLog = logAll(makeChannels(idle, "/idle"), payload);
const idleEmitters = makeEmitters();
const idleEmit = emitAll(idleEmitters);

const hub = new LoopbackHub();
const watched = new Context();
const watchedLog = logAll(makeChannels(watched, "/watched"), payload);
const textLog = logAll(makeChannels(watched, "/text"), text);
await using gateway = await Gateway.start({
  name: "rover",
  context: watched,
  transport: hub.transport({ identity: "rover" }),
});
await using viewer = await Viewer.connect(hub.transport({ identity: "viewer-1" }));
await viewer.device();
check(gateway.status === "connected", "the gateway is not connected");

const leftContext = new Context();
const leftLog = logAll(makeChannels(leftContext, "/left"), payload);
const leftEmitters = makeEmitters();
const leftEmit = emitAll(leftEmitters);
checkChannels(leftContext, leftLog);
checkEmitters(leftEmitters, leftEmit);

const timings = await compare({
  emit: { name: "emit", operations: CALLS, run: idleEmit },
  log: { name: "log", operations: CALLS, run: idleLog },
  watched: { name: "log, viewer connected", operations: CALLS, run: watchedLog },
  text: { name: "log of text", operations: CALLS, run: textLog },
  leftEmit: { name: "emit after a listener has left", operations: CALLS, run: leftEmit },
  leftLog: { name: "log after a subscriber has left", operations: CALLS, run: leftLog },
});

const report = new Report("`log()` with no subscriber");
const row = (name: string, key: keyof typeof timings, base: keyof typeof timings): ReadonlyArray<string> => [
  name,
  time(timings[key].median),
  times(timings[base].median / timings[key].median),
];
report.table(["call", "time", "speed against `emit`"], [
  row("`emit()` of node:events without listeners", "emit", "emit"),
  row("`log()` of 1 KiB, nothing attached to the context", "log", "emit"),
  row("`log()` of 1 KiB, a viewer connected that has not subscribed", "watched", "emit"),
  row("`log()` of text, a viewer connected that has not subscribed", "text", "emit"),
  row("`emit()` after a listener has come and gone", "leftEmit", "leftEmit"),
  row("`log()` after a subscriber has come and gone", "leftLog", "leftEmit"),
]);
if (!runtime().startsWith("Bun")) {
  reportAllocation(report, [
    ["`log()`, nothing attached to the context", idleLog],
    ["`log()`, a viewer connected that has not subscribed", watchedLog],
    ["`log()` of text, a viewer connected that has not subscribed", textLog],
  ]);
}
const slowest = Math.min(
  timings.emit.median / Math.max(timings.log.median, timings.watched.median, timings.text.median),
  timings.leftEmit.median / timings.leftLog.median,
);
report.target("`log()` is no slower than `emit()` without listeners", `${times(slowest)} at the least`, slowest >= 1);
checkChannels(idle, idleLog);
checkChannels(watched, watchedLog);
checkChannels(watched, textLog);
checkEmitters(idleEmitters, idleEmit);
report.print();
