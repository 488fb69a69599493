/**
 * From `log()` at a device to `onMessage` at a viewer: reliable messages over the loopback transport, through queues,
 * writes, reads and decoding, against a MessageChannel that posts the same buffers in the same process.
 *
 * How fast a MessageChannel is depends on the pacing of the posting, so several are measured, and the best one counts.
 * The device's pacing is the one that the library offers: log while there is room, else await `ready()`.
 */
import { setImmediate } from "node:timers";
import { LoopbackHub } from "../adapters/loopback/mod.ts";
import { type Channel, Context, Gateway, Viewer } from "../mod.ts";
import { check, checkCount } from "./support/check.ts";
import { type Case, compare, type Effort } from "./support/measure.ts";
import { figure, perSecond, Report, runtime, times } from "./support/report.ts";

interface Size {
  readonly name: string;
  readonly bytes: number;
  /** How many messages make one run; few enough that posting them all at once takes no more than some 100 MiB. */
  readonly messages: number;
}

const SIZES: ReadonlyArray<Size> = [
  { name: "100 B", bytes: 100, messages: 100_000 },
  { name: "1 KiB", bytes: 1024, messages: 100_000 },
  { name: "64 KiB", bytes: 64 * 1024, messages: 2_000 },
];
/** The size that the target is about, which is set for Node. */
const TARGET_SIZE = "1 KiB";

/** Each turn begins with a run that is not counted; the garbage of the case before is gone after it. */
const EFFORT: Effort = { rounds: runtime().startsWith("Node") ? 5 : 3, turnMs: 1, samples: 3, collects: false };

/** What arrives: each message once and in order, by the number in its first four bytes. */
class Arrivals {
  #expected = 0;
  #seen = 0;
  #next = 0;
  #bytes = 0;
  #waitingFor = 0;
  #reached: () => void = () => {};

  begin(messages: number): void {
    this.#expected = messages;
    this.#seen = 0;
    this.#bytes = 0;
  }

  take(data: Uint8Array): void {
    const number = data[0]! | (data[1]! << 8) | (data[2]! << 16);
    // The message is put together only where it is needed: it would cost more than what is measured.
    if (number !== this.#next) check(false, `message ${number} came where ${this.#next} was due`);
    this.#next = (this.#next + 1) & 0xffffff;
    this.#seen += 1;
    this.#bytes += data.length;
    if (this.#seen === this.#waitingFor) this.#reached();
  }

  /** Waits until that many messages have arrived in this run. */
  reach(count: number): Promise<void> {
    if (this.#seen >= count) return Promise.resolve();
    this.#waitingFor = count;
    return new Promise((resolve) => this.#reached = resolve);
  }

  async end(bytes: number): Promise<void> {
    await this.reach(this.#expected);
    checkCount("messages", this.#seen, this.#expected);
    checkCount("bytes", this.#bytes, this.#expected * bytes);
  }
}

/** One buffer for all messages, numbered before each: both sides copy what they are given. */
class Source {
  readonly data: Uint8Array;
  #number = 0;

  constructor(bytes: number) {
    this.data = new Uint8Array(bytes).fill(7);
  }

  next(): Uint8Array {
    const { data } = this;
    data[0] = this.#number;
    data[1] = this.#number >>> 8;
    data[2] = this.#number >>> 16;
    this.#number = (this.#number + 1) & 0xffffff;
    return data;
  }
}

/** A device, a viewer, and what came to it. */
interface Pair extends AsyncDisposable {
  readonly channel: Channel;
  readonly arrivals: Arrivals;
}

async function makePair(): Promise<Pair> {
  const hub = new LoopbackHub();
  const context = new Context();
  const channel = context.channel({ topic: "/scan", encoding: "json", qos: "reliable" });
  let isSubscribed: () => void = () => {};
  const subscribed = new Promise<void>((resolve) => isSubscribed = resolve);
  const transport = hub.transport({ identity: "rover" });
  const gateway = await Gateway.start({ name: "rover", context, transport, onSubscribe: () => isSubscribed() });
  const viewer = await Viewer.connect(hub.transport({ identity: "viewer-1" }));
  const arrivals = new Arrivals();
  viewer.subscribe("/scan").onMessage((message) => arrivals.take(message.data));
  await subscribed;
  const close = async (): Promise<void> => {
    await viewer.close();
    await gateway.close();
  };
  return { channel, arrivals, [Symbol.asyncDispose]: close };
}

function device({ channel, arrivals }: Pair, { bytes, messages }: Size): Case {
  const source = new Source(bytes);
  const run = async (): Promise<void> => {
    arrivals.begin(messages);
    for (let message = 0; message < messages; message += 1) {
      if (!channel.hasRoom) await channel.ready();
      channel.log(source.next());
    }
    await arrivals.end(bytes);
  };
  return { name: "device to viewer", operations: messages, run };
}

/** Waits after a post as the pacing asks for; `undefined`: it does not. */
type Pacing = (posted: number, arrivals: Arrivals) => Promise<void> | undefined;

/** So many posts in each turn of the event loop, whatever has arrived. */
function perTurn(count: number): Pacing {
  return (posted) => posted % count === 0 ? new Promise((resolve) => void setImmediate(resolve)) : undefined;
}

/** So many posts, then waiting for the last of them to arrive. */
function awaited(count: number): Pacing {
  return (posted, arrivals) => posted % count === 0 ? arrivals.reach(posted) : undefined;
}

const pacings = {
  once: { name: "MessageChannel, all posted at once", pacing: () => undefined },
  turn64: { name: "MessageChannel, 64 posted per turn of the event loop", pacing: perTurn(64) },
  turn512: { name: "MessageChannel, 512 posted per turn of the event loop", pacing: perTurn(512) },
  awaited64: { name: "MessageChannel, 64 posted, then their arrival awaited", pacing: awaited(64) },
  awaited512: { name: "MessageChannel, 512 posted, then their arrival awaited", pacing: awaited(512) },
} satisfies Record<string, { name: string; pacing: Pacing }>;

interface Ports extends Disposable {
  readonly port: MessagePort;
  readonly arrivals: Arrivals;
}

function makePorts(): Ports {
  const { port1, port2 } = new MessageChannel();
  const arrivals = new Arrivals();
  port2.onmessage = (event: MessageEvent<Uint8Array>): void => arrivals.take(event.data);
  const close = (): void => {
    port1.close();
    port2.close();
  };
  return { port: port1, arrivals, [Symbol.dispose]: close };
}

function messageChannel({ port, arrivals }: Ports, { bytes, messages }: Size, pacing: Pacing, source: Source): Case {
  const run = async (): Promise<void> => {
    arrivals.begin(messages);
    for (let posted = 1; posted <= messages; posted += 1) {
      port.postMessage(source.next());
      const wait = pacing(posted, arrivals);
      if (wait !== undefined) await wait;
    }
    await arrivals.end(bytes);
  };
  return { name: "MessageChannel", operations: messages, run };
}

async function measureSize(report: Report, size: Size): Promise<void> {
  await using pair = await makePair();
  using ports = makePorts();
  const source = new Source(size.bytes);
  const posting = (key: keyof typeof pacings): Case => messageChannel(ports, size, pacings[key].pacing, source);
  const timings = await compare({
    device: device(pair, size),
    once: posting("once"),
    turn64: posting("turn64"),
    turn512: posting("turn512"),
    awaited64: posting("awaited64"),
    awaited512: posting("awaited512"),
  }, EFFORT);
  const keys = Object.keys(pacings) as Array<keyof typeof pacings>;
  const best = Math.min(...keys.map((key) => timings[key].median));
  const row = (name: string, key: keyof typeof timings): ReadonlyArray<string> => {
    const { median } = timings[key];
    const speed = size.bytes / (1024 * 1024) / (median / 1e9);
    return [name, perSecond(median), figure(speed), times(best / median)];
  };
  report.table([
    `messages of ${size.name}, ${figure(size.messages)} a run`,
    "messages",
    "MiB/s",
    "against the best MessageChannel",
  ], [
    row("device to viewer, loopback, reliable", "device"),
    ...keys.map((key) => row(pacings[key].name, key)),
  ]);
  if (size.name !== TARGET_SIZE || !runtime().startsWith("Node")) return;
  const ratio = best / timings.device.median;
  report.target(`${size.name}: more messages per second than the best MessageChannel`, times(ratio), ratio > 1);
  report.target(`${size.name}: twice as many (the aim)`, times(ratio), ratio >= 2);
}

const report = new Report("Device to viewer, end to end");
for (const size of SIZES) await measureSize(report, size);
report.print();
