/**
 * From a device to its viewers through a LiveKit server: ours, livekit-client alone, and a device made with foxglove-sdk,
 * in turns, to the same viewers on the same server. A process for each device and each viewer.
 *
 *     node bench/livekit.ts [--rounds 3] [--seconds 1.5] [--viewers 1] [--only reliable,lossy,latency,join] [--python PATH]
 *     node bench/livekit.ts --write     puts the figures into bench/README.md, too
 */
import { parseArgs } from "node:util";
import { type Kind, kinds, type Outcome, Stage, type Task } from "./livekit/stage.ts";
import { figure, Report, times, writeFigures } from "./support/report.ts";

const KIB = 1024;
const BEGIN = "<!-- figures over a server: written by `npm run bench:livekit -- --write` -->";
const END = "<!-- end of the figures over a server -->";

const { values: given } = parseArgs({
  options: {
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "1.5" },
    viewers: { type: "string", default: "1" },
    only: { type: "string", default: "reliable,lossy,latency,join" },
    python: { type: "string" },
    write: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds);
const seconds = Number(given.seconds);
const viewerCounts = given.viewers.split(",").map(Number);
const parts = given.only.split(",");

/** Something that is measured, for each kind and number of viewers. */
interface Row extends Task {
  readonly part: string;
  readonly name: string;
  /** With that many viewers only. */
  readonly viewers?: number;
}

function reliable(name: string, bytes: number): Row {
  return { part: "reliable", name, bytes, isReliable: true, command: { do: "flood", bytes, seconds } };
}

function lossy(name: string, bytes: number, perSecond: number): Row {
  const command = { do: "pace", way: "lossy", bytes, perSecond, seconds };
  return { part: "lossy", name, bytes, isReliable: false, command };
}

const rows: ReadonlyArray<Row> = [
  reliable("100 B", 100),
  reliable("1 KiB", KIB),
  reliable("64 KiB", 64 * KIB),
  lossy("1 KiB at 4,000/s", KIB, 4_000),
  lossy("16 KiB at 200/s", 16 * KIB, 200),
  lossy("64 KiB at 30/s", 64 * KIB, 30),
  lossy("100 KiB at 10/s", 100 * KIB, 10),
  {
    part: "lossy",
    name: "bursts of 20 of 16 KiB",
    bytes: 16 * KIB,
    isReliable: false,
    command: { do: "bursts", bytes: 16 * KIB, frames: 20, times: 8, everyMs: 150 },
  },
  {
    part: "latency",
    name: "100 B, reliable, one in 10 ms",
    bytes: 100,
    isReliable: true,
    wantsTimes: true,
    viewers: 1,
    command: { do: "pace", way: "reliable", bytes: 100, perSecond: 100, seconds: 1 },
  },
];

/** What was measured: outcomes by row, kind and number of viewers. */
const outcomes = new Map<string, Array<Outcome>>();
const joins: Record<"ours" | "peer", Array<number>> = { ours: [], peer: [] };
const memories: Array<ReadonlyArray<string>> = [];

function of(row: Row, kind: Kind, viewers: number): Array<Outcome> {
  const key = `${row.part} ${row.name} ${kind} ${viewers}`;
  const known = outcomes.get(key) ?? [];
  outcomes.set(key, known);
  return known;
}

/** The middle one, and between them the least and the most. */
interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

function spread(values: ReadonlyArray<number>): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? NaN;
  const middle = sorted.length % 2 === 0 ? (at(0.5) + (sorted[sorted.length / 2] ?? NaN)) / 2 : at(0.5);
  return { median: middle, least: at(0), most: at(1) };
}

function shown({ median, least, most }: Spread, unit = ""): string {
  return `${figure(median)}${unit} (${figure(least)} to ${figure(most)})`;
}

async function measure(): Promise<void> {
  await using stage = await Stage.start(given.python);
  let present = 0;
  for (const viewers of viewerCounts) {
    for (; present < viewers; present++) await stage.addViewer();
    for (let round = 0; round < rounds; round++) {
      for (const row of rows) {
        if (!parts.includes(row.part) || (row.viewers ?? viewers) !== viewers) continue;
        // Another one begins in each round.
        for (let turn = 0; turn < kinds.length; turn++) {
          const kind = kinds[(round + turn) % kinds.length]!;
          of(row, kind, viewers).push(await stage.run(kind, row));
        }
      }
      if (!parts.includes("join") || viewers !== viewerCounts[0]) continue;
      for (const kind of ["ours", "peer"] as const) {
        for (let join = 0; join < 3; join++) joins[kind].push(await stage.firstMessage(kind));
      }
    }
    memories.push([
      `${viewers}`,
      ...kinds.map((kind) => {
        const { now, most } = stage.memory(kind);
        return `${figure(now / 1e6)} MB (${figure(most / 1e6)})`;
      }),
    ]);
  }
}

const began = performance.now();
await measure();
const report = new Report("livekit");
const head = ["raw livekit-client", "ours", "foxglove-sdk", "ours to raw", "ours to foxglove-sdk"];
const perSecond = (row: Row, kind: Kind, viewers: number): Spread =>
  spread(of(row, kind, viewers).map((outcome) => outcome.perSecond));
const share = (row: Row, kind: Kind, viewers: number): Spread =>
  spread(of(row, kind, viewers).map(({ arrived, sent }) => 100 * arrived / sent));
const cpu = (row: Row, kind: Kind, viewers: number): Spread =>
  spread(of(row, kind, viewers).map((outcome) => outcome.cpuMsPerMegabyte));
const took = (row: Row, kind: Kind): ReadonlyArray<number> => of(row, kind, 1).flatMap((outcome) => outcome.took);

/** A table: what is measured, of each kind, and ratios of medians. */
function compared(part: string, what: string, read: typeof perSecond, unit = "", inverse = false): void {
  const lines = viewerCounts.flatMap((viewers) =>
    rows.filter((row) => row.part === part).map((row) => {
      const all = kinds.map((kind) => read(row, kind, viewers));
      const [raw, ours, peer] = all.map(({ median }) => median) as [number, number, number];
      const ratio = (other: number): string => times(inverse ? other / ours : ours / other);
      return [
        `${row.name}, ${viewers} viewer${viewers > 1 ? "s" : ""}`,
        ...all.map((one) => shown(one, unit)),
        ratio(raw),
        ratio(peer),
      ];
    })
  );
  report.table([what, ...head], lines);
}

if (parts.includes("reliable")) {
  compared("reliable", "reliable messages a second, at each viewer", perSecond);
  compared("reliable", "reliable messages that have arrived 20 s later", share, " %");
  compared("reliable", "device's CPU for a delivered MB, in ms; ratio: how much less is ours", cpu, "", true);
}
if (parts.includes("lossy")) {
  compared("lossy", "lossy messages that arrive", share, " %");
  compared("lossy", "device's CPU for a delivered MB, in ms; ratio: how much less is ours", cpu, "", true);
}
const lone = rows.find(({ part }) => part === "latency")!;
if (parts.includes("latency")) {
  const quartile = (values: ReadonlyArray<number>, at: number): number =>
    values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * at)] ?? NaN;
  report.table(
    ["a lone message, in ms", "median", "1 of 4 less", "1 of 4 more", "19 of 20 less"],
    kinds.map((kind) => [kind, ...[0.5, 0.25, 0.75, 0.95].map((at) => figure(quartile(took(lone, kind), at)))]),
  );
}
if (parts.includes("join")) {
  report.table(
    ["from connecting to the first message", "ms"],
    (["ours", "peer"] as const).map((kind) => [kind, shown(spread(joins[kind]))]),
  );
}
report.table(["device's resident memory (most), viewers", "raw", "ours", "foxglove-sdk"], memories);

function aim(row: Row | undefined, viewers: number, least: number): void {
  if (row === undefined || !parts.includes(row.part) || !viewerCounts.includes(viewers)) return;
  const [ours, peer] = [perSecond(row, "ours", viewers).median, perSecond(row, "peer", viewers).median];
  report.target(
    `reliable ${row.name}, ${viewers} viewer${viewers > 1 ? "s" : ""}: at least ${least} times foxglove-sdk`,
    times(ours / peer),
    ours >= least * peer,
  );
}

for (const viewers of viewerCounts) {
  for (const [index, least] of [10, 3, 1.5].entries()) aim(rows[index], viewers, least);
  for (const row of rows.filter(({ part }) => part === "lossy" && parts.includes("lossy"))) {
    const least = row.name.startsWith("bursts") ? 95 : 99;
    const { median } = share(row, "ours", viewers);
    report.target(
      `${row.name}, ${viewers} viewer${viewers > 1 ? "s" : ""}: at least ${least} %`,
      `${figure(median)} %`,
      median >= least,
    );
  }
}
if (parts.includes("latency")) {
  const added = spread(took(lone, "ours")).median - spread(took(lone, "raw")).median;
  report.target("a lone message: under 2 ms more than raw", `${figure(added)} ms`, added < 2);
}
if (parts.includes("join")) {
  const { median } = spread(joins.ours);
  report.target("from connecting to the first message: under 300 ms", `${figure(median)} ms`, median < 300);
}
report.print();
const run = `${rounds} rounds of ${seconds} s, ${figure((performance.now() - began) / 1_000)} s in all.`;
console.log(run);
if (given.write) writeFigures(BEGIN, END, `${report.text()}\n${run}`);
process.exit(0);
