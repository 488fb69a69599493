/**
 * `log()` to many subscribed viewers: one encode, one buffer, and a further viewer for next to nothing. The viewers throw
 * away what they are sent, so that what is measured is the device's own work.
 */
import { do_not_optimize } from "mitata";
import { encodeMessageDataFrame, messageDataFrameBytes } from "../core/protocol/mod.ts";
import { type Channel, Context, Gateway } from "../mod.ts";
import { check, checkCount } from "./support/check.ts";
import { collectGarbage } from "./support/gc.ts";
import { type Case, compare, Stopwatch, type Timing } from "./support/measure.ts";
import { figure, Report, runtime, time, times } from "./support/report.ts";
import { NullRoom } from "./support/null_room.ts";

const VIEWERS = [1, 10, 100, 1000] as const;
const KIB = 1024;
/** Messages that wait for a viewer that does not read. */
const QUEUED = 1000;
const BURST = 64;

/** A gateway with viewers that are all subscribed to its one channel. */
class Fleet {
  readonly size: number;
  readonly room: NullRoom;
  readonly channel: Channel;
  readonly gateway: Gateway;
  #logged = 0;
  #atStart: ReadonlyArray<number> = [];

  private constructor(room: NullRoom, channel: Channel, gateway: Gateway) {
    this.size = room.viewers.length;
    this.room = room;
    this.channel = channel;
    this.gateway = gateway;
  }

  static async start(size: number): Promise<Fleet> {
    const room = new NullRoom(size);
    const context = new Context();
    const channel = context.channel({ topic: "/scan", encoding: "json", qos: "reliable" });
    let subscribed = 0;
    let allSubscribed: () => void = () => {};
    const ready = new Promise<void>((resolve) => allSubscribed = resolve);
    const gateway = await Gateway.start({
      name: "rover",
      context,
      transport: room.transport,
      onSubscribe: () => {
        subscribed += 1;
        if (subscribed === size) allSubscribed();
      },
    });
    await ready;
    const fleet = new Fleet(room, channel, gateway);
    await fleet.drain();
    fleet.#atStart = room.viewers.map((viewer) => viewer.bytes);
    return fleet;
  }

  log(data: Uint8Array, messages: number): void {
    for (let message = 0; message < messages; message += 1) this.channel.log(data);
    this.#logged += messages * messageDataFrameBytes(data.byteLength);
  }

  drain(): Promise<void> {
    return this.gateway.drain(60_000);
  }

  /** Everybody has been written every byte that was logged. */
  checkBytes(): void {
    this.room.viewers.forEach((viewer, index) => {
      checkCount(
        `bytes written to ${viewer.identity} of ${this.size}`,
        viewer.bytes - this.#atStart[index]!,
        this.#logged,
      );
    });
  }

  /** A case of `messages` logged in one turn; the writing out, between the runs, is not measured. */
  burst(bytes: number, messages: number): Case {
    const data = new Uint8Array(bytes);
    const stopwatch = new Stopwatch();
    const run = async (): Promise<void> => {
      await this.drain();
      stopwatch.start();
      this.log(data, messages);
      stopwatch.stop();
    };
    return { name: `${this.size} viewers`, operations: messages, run, stopwatch };
  }

  /** A case of `messages` logged and written out to everybody. */
  through(bytes: number, messages: number): Case {
    const data = new Uint8Array(bytes);
    const run = (): Promise<void> => {
      this.log(data, messages);
      return this.drain();
    };
    return { name: `${this.size} viewers`, operations: messages, run };
  }
}

/** What was queued for all viewers is the same memory: what comes out is where it comes out for the first one. */
async function checkSameBuffer(fleet: Fleet, bytes: number): Promise<void> {
  await fleet.drain();
  fleet.room.keep(true);
  const data = new Uint8Array(bytes);
  for (let message = 0; message < 3; message += 1) {
    fleet.log(data, 1);
    await fleet.drain();
  }
  const [first, ...others] = fleet.room.viewers.map((viewer) => viewer.kept ?? []);
  checkCount("chunks of three messages", first?.length ?? 0, 3);
  for (const chunks of others) {
    checkCount("chunks of three messages", chunks.length, 3);
    const isSame = chunks.every((chunk, index) =>
      chunk.buffer === first?.[index]?.buffer && chunk.byteOffset === first[index].byteOffset
    );
    check(isSame, "viewers have been queued different buffers");
  }
  fleet.room.keep(false);
}

interface Memory {
  /** Bytes of buffers for each queued message. */
  readonly buffers: number;
  /** Bytes of other memory for each queued message and viewer. */
  readonly slot: number;
}

/** What messages take that wait for viewers which do not read. */
async function queuedMemory(size: number): Promise<Memory> {
  const fleet = await Fleet.start(size);
  const data = new Uint8Array(KIB);
  fleet.room.stall();
  // The write that stalls holds this one, and what follows stays in the queues.
  fleet.log(data, 1);
  const before = await settledMemory();
  fleet.log(data, QUEUED);
  const after = await settledMemory();
  fleet.room.resume();
  await fleet.drain();
  fleet.checkBytes();
  await fleet.gateway.close();
  return {
    buffers: (after.arrayBuffers - before.arrayBuffers) / QUEUED,
    slot: (after.heapUsed - before.heapUsed) / (QUEUED * size),
  };
}

/** The memory in use, once collecting frees no more: the memory of buffers is given back in the background. */
async function settledMemory(): Promise<NodeJS.MemoryUsage> {
  for (let previous = -1;;) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    collectGarbage();
    const usage = process.memoryUsage();
    if (usage.arrayBuffers === previous) return usage;
    previous = usage.arrayBuffers;
  }
}

function encodeCase(bytes: number): Case {
  const data = new Uint8Array(bytes);
  return {
    name: "encode",
    operations: BURST,
    run: () => {
      for (let message = 0; message < BURST; message += 1) {
        do_not_optimize(encodeMessageDataFrame(1, 1_700_000_000_000_000_000n, data));
      }
    },
  };
}

type Timings = Readonly<Record<string, Timing>>;

/** What one more viewer adds to the time, on average over all but the first. */
function further(timings: Timings, size: number): number {
  return (timings[`viewers${size}`]!.median - timings["viewers1"]!.median) / (size - 1);
}

async function measureBursts(fleets: ReadonlyArray<Fleet>, bytes: number, messages: number): Promise<Timings> {
  const bursts = fleets.map((fleet) => [`viewers${fleet.size}`, fleet.burst(bytes, messages)]);
  return await compare({ encode: encodeCase(bytes), ...Object.fromEntries(bursts) }, { turnMs: 20 });
}

function reportBursts(report: Report, title: string, timings: Timings): void {
  report.table([title, "time of one `log()`", "each further viewer", "further viewer against the encode"], [
    ["the encode alone", time(timings["encode"]!.median), "", ""],
    ...VIEWERS.map((size) => [
      `\`log()\`, ${size} ${size === 1 ? "viewer" : "viewers"}`,
      time(timings[`viewers${size}`]!.median),
      size === 1 ? "" : time(further(timings, size)),
      size === 1 ? "" : times(further(timings, size) / timings["encode"]!.median),
    ]),
  ]);
}

const report = new Report("`log()` to many viewers");
const fleets: Array<Fleet> = [];
for (const size of VIEWERS) fleets.push(await Fleet.start(size));
for (const fleet of fleets) {
  await checkSameBuffer(fleet, KIB);
  await checkSameBuffer(fleet, 64 * KIB);
}

const small = await measureBursts(fleets, KIB, BURST);
reportBursts(report, `1 KiB, ${BURST} messages a turn`, small);
const single = await measureBursts(fleets, KIB, 1);
reportBursts(report, "1 KiB, one message a turn", single);
const large = await measureBursts(fleets, 64 * KIB, BURST);
reportBursts(report, `64 KiB, ${BURST} messages a turn`, large);

const through = await compare(
  Object.fromEntries(fleets.map((fleet) => [`viewers${fleet.size}`, fleet.through(KIB, BURST)])),
  { turnMs: 50 },
);
report.table([`1 KiB, ${BURST} messages a turn, written out`, "time of one message", "for each viewer"], [
  ...VIEWERS.map((size) => {
    const { median } = through[`viewers${size}`]!;
    return [`${size} ${size === 1 ? "viewer" : "viewers"}`, time(median), time(median / size)];
  }),
]);
for (const fleet of fleets) {
  await fleet.drain();
  fleet.checkBytes();
  await fleet.gateway.close();
}

const share = Math.max(...VIEWERS.slice(1).map((size) => further(large, size))) / large["encode"]!.median;
report.target("one encode, one buffer for all viewers", "the same buffer in all queues", true);
report.target(
  "64 KiB: a further viewer costs less than a tenth of the encode",
  `${times(share)} at the most`,
  share < 0.1,
);

if (runtime().startsWith("Node")) {
  const memory = new Map<number, Memory>();
  for (const size of VIEWERS) memory.set(size, await queuedMemory(size));
  report.table(
    [`${QUEUED} messages of 1 KiB queued`, "buffers, bytes a message", "rest, bytes a message and viewer"],
    [...memory].map(([size, { buffers, slot }]) => [
      `${size} ${size === 1 ? "viewer" : "viewers"}`,
      figure(buffers),
      figure(slot),
    ]),
  );
  const ofOne = memory.get(1)!.buffers;
  const ratios = [...memory.values()].map(({ buffers }) => buffers / ofOne);
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  check(least > 0.9 && most < 1.1, `memory of a queued message depends on the viewers: ${ratios.join(", ")}`);
  report.target(
    "memory of a queued message is independent of the number of viewers",
    `${times(most)} of one viewer's at the most`,
    true,
  );
}
report.print();
