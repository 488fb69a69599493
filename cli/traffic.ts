/**
 * What has come through each channel, and how fast: the library's counts, with rates and ages made of them.
 */

/** How long messages take: their true latency, or their age as the viewer knows it, with its uncertainty. */
export type Delay =
  | { readonly kind: "latency"; readonly ms: number }
  | { readonly kind: "age"; readonly ms: number; readonly uncertaintyMs: number };

/** What has come through one channel. Bytes are those of the messages, without any framing. */
export interface ChannelTraffic {
  readonly topic: string;
  readonly messages: number;
  readonly bytes: number;
  /** Messages that have not come and should have. */
  readonly lost: number;
  /** Messages a second over the last seconds. */
  readonly rate: number;
  /** Bytes a second over the last seconds. */
  readonly bandwidth: number;
  /** From logging to arrival, the mean of the newest messages; absent before it is known of one. */
  readonly delay: Delay | undefined;
}

/** What was counted of a channel so far; `lost`: messages that have not come, were dropped, or were not taken in time. */
export interface ChannelCount {
  readonly channelId: number;
  readonly messages: number;
  readonly bytes: number;
  readonly lost: number;
}

interface Snapshot {
  readonly at: number;
  readonly messages: number;
  readonly bytes: number;
}

interface Counter {
  readonly topic: string;
  /** What tells it from others of the same topic. */
  readonly label: string;
  messages: number;
  bytes: number;
  lost: number;
  delay: Delay | undefined;
  /** When each message that may still arrive was logged, by its log time. */
  readonly sent: Map<bigint, number>;
  snapshots: Array<Snapshot>;
}

/** How far back rates look, in ms. */
const WINDOW = 2_000;
/** Messages under way that latency is measured of, for each channel; older ones go unmeasured. */
const UNDER_WAY = 4_096;
/** How much the newest message weighs in a mean. */
const WEIGHT = 0.1;

/** The traffic of one viewer. Times are in ms, on any clock that does not change. */
export class Traffic {
  readonly #counters = new Map<number, Counter>();

  /**
   * A channel is there, from now on with a row of its own; channels that share a topic are told apart by a number. What
   * was known of another channel of that id is forgotten.
   */
  open(channelId: number, topic: string): void {
    const before = this.#counters.get(channelId);
    if (before?.topic === topic) return;
    const namesakes = [...this.#counters.values()].filter((counter) => counter !== before && counter.topic === topic);
    this.#counters.set(channelId, {
      topic,
      label: namesakes.length === 0 ? topic : `${topic} (${namesakes.length + 1})`,
      messages: 0,
      bytes: 0,
      lost: 0,
      delay: undefined,
      sent: new Map(),
      snapshots: [],
    });
  }

  /** A message was logged by the device. */
  sent(channelId: number, logTime: bigint, now: number): void {
    const counter = this.#counters.get(channelId);
    if (counter === undefined) return;
    counter.sent.set(logTime, now);
    if (counter.sent.size <= UNDER_WAY) return;
    const [oldest] = counter.sent.keys();
    if (oldest !== undefined) counter.sent.delete(oldest);
  }

  /** A message that was logged here has arrived at the viewer. */
  received(channelId: number, logTime: bigint, now: number): void {
    const counter = this.#counters.get(channelId);
    const sentAt = counter?.sent.get(logTime);
    if (counter === undefined || sentAt === undefined) return;
    counter.sent.delete(logTime);
    counter.delay = { kind: "latency", ms: mean(counter.delay, now - sentAt) };
  }

  /** A message has arrived of which the viewer knows how old it is. */
  aged(channelId: number, { ms, uncertaintyMs }: { readonly ms: number; readonly uncertaintyMs: number }): void {
    const counter = this.#counters.get(channelId);
    if (counter !== undefined) counter.delay = { kind: "age", ms: mean(counter.delay, ms), uncertaintyMs };
  }

  /** So much has been counted so far. */
  count(counts: Iterable<ChannelCount>): void {
    for (const { channelId, messages, bytes, lost } of counts) {
      const counter = this.#counters.get(channelId);
      if (counter === undefined) continue;
      counter.messages = messages;
      counter.bytes = bytes;
      counter.lost = lost;
    }
  }

  /** Messages that have arrived on a channel, as they were counted last. */
  messages(channelId: number): number {
    return this.#counters.get(channelId)?.messages ?? 0;
  }

  /** The rows as they are now, the channels in the order in which they were opened. */
  read(now: number): ReadonlyArray<ChannelTraffic> {
    return [...this.#counters.values()].map((counter) => {
      const { label, messages, bytes, lost, delay } = counter;
      const since = oldestInWindow(counter, now);
      const seconds = (now - since.at) / 1000;
      const per = (amount: number): number => seconds > 0 ? amount / seconds : 0;
      return {
        topic: label,
        messages,
        bytes,
        lost,
        delay,
        rate: per(messages - since.messages),
        bandwidth: per(bytes - since.bytes),
      };
    });
  }
}

/** With the rates of a whole run in place of those of its last seconds; `elapsed` in ms. */
export function overall(traffic: ReadonlyArray<ChannelTraffic>, elapsed: number): ReadonlyArray<ChannelTraffic> {
  const per = (amount: number): number => elapsed > 0 ? amount / (elapsed / 1000) : 0;
  return traffic.map((row) => ({ ...row, rate: per(row.messages), bandwidth: per(row.bytes) }));
}

function mean(before: Delay | undefined, ms: number): number {
  return before === undefined ? ms : before.ms + WEIGHT * (ms - before.ms);
}

/** The count that the present one is compared with; adds the present one for later. */
function oldestInWindow(counter: Counter, now: number): Snapshot {
  const { messages, bytes } = counter;
  counter.snapshots.push({ at: now, messages, bytes });
  // The newest of those that are older than the window stays, so that the window is never shorter than it should be.
  while (counter.snapshots.length > 2 && counter.snapshots[1]!.at <= now - WINDOW) counter.snapshots.shift();
  return counter.snapshots[0]!;
}
