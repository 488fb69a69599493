/**
 * The device's channels, and how much comes on those that somebody listens to.
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ChannelInfo, Viewer } from "../../mod.ts";
import { Feeds } from "../feed.ts";
import { MAX_MEASURED } from "./limits.ts";

/** How much comes on a channel. */
export interface Rate {
  /** Messages a second. */
  readonly hertz: number;
  readonly bytesPerSecond: number;
}

/** What had come at some time. */
interface Reading {
  readonly at: number;
  readonly byId: ReadonlyMap<number, { readonly messages: number; readonly bytes: number }>;
  readonly totalBytes: number;
}

/** Rates are means over the time between so many readings, but not over less than a second. */
const READINGS = 11;
const SHORTEST_MS = 900;

/** The channels of whatever device there is. */
export class Channels {
  readonly #all: Signal<ReadonlyArray<ChannelInfo>> = signal([]);
  readonly #rates: Signal<ReadonlyMap<number, Rate>> = signal(new Map());
  readonly #total: Signal<number | undefined> = signal(undefined);
  readonly #readings: Array<Reading> = [];
  readonly #listenedSince = new Map<number, number>();
  readonly #measured = new Map<number, () => void>();
  readonly #measuresAll: Signal<boolean>;
  #viewer: Viewer | undefined;
  #feeds: Feeds | undefined;
  /** By topic; of a topic that several channels share, the first. */
  readonly byTopic: ReadonlySignal<ReadonlyMap<string, ChannelInfo>>;

  constructor(measuresAll = false) {
    this.#measuresAll = signal(measuresAll);
    this.byTopic = computed(() => {
      const found = new Map<string, ChannelInfo>();
      for (const channel of this.#all.value) if (!found.has(channel.topic)) found.set(channel.topic, channel);
      return found;
    });
  }

  /** All of them, by topic. */
  get all(): ReadonlySignal<ReadonlyArray<ChannelInfo>> {
    return this.#all;
  }

  /** Of the channels that somebody listens to. */
  get rates(): ReadonlySignal<ReadonlyMap<number, Rate>> {
    return this.#rates;
  }

  /** Bytes a second of everything that comes; absent until it is known. */
  get total(): ReadonlySignal<number | undefined> {
    return this.#total;
  }

  /** Whether all channels are listened to, so that their rates are known. */
  get measuresAll(): ReadonlySignal<boolean> {
    return this.#measuresAll;
  }

  /** The feeds; absent while there is no viewer. */
  get feeds(): Feeds | undefined {
    return this.#feeds;
  }

  /** There is another viewer, or none any more. */
  attach(viewer: Viewer | undefined): void {
    for (const stop of this.#measured.values()) stop();
    this.#measured.clear();
    this.#viewer = viewer;
    this.#feeds = viewer === undefined ? undefined : new Feeds(viewer);
    this.#readings.length = 0;
    this.#listenedSince.clear();
    this.#rates.value = new Map();
    this.#total.value = undefined;
    this.refresh();
  }

  /** What was known of a device is of no more interest. */
  forget(): void {
    this.#all.value = [];
  }

  /** The device's channels have changed. While there is none, those of the last one stay. */
  refresh(): void {
    if (this.#viewer?.serverInfo === undefined) return;
    const all = [...this.#viewer.channels.values()];
    this.#all.value = all.sort((a, b) => a.topic < b.topic ? -1 : a.topic > b.topic ? 1 : a.id - b.id);
    this.#measure();
  }

  /** Listens to all channels, or only to those that are shown. */
  measureAll(wanted: boolean): void {
    this.#measuresAll.value = wanted;
    this.#measure();
  }

  /** Takes a reading; called about twice a second. */
  sample(now: number): void {
    const [viewer, feeds] = [this.#viewer, this.#feeds];
    if (viewer === undefined || feeds === undefined) return;
    const { received } = viewer.usage();
    const byId = new Map(received.channels.map((channel) => [channel.channelId, channel]));
    this.#readings.push({ at: now, byId, totalBytes: received.total.bytes });
    if (this.#readings.length > READINGS) this.#readings.shift();
    const listenedTo = new Set(feeds.listenedTo);
    for (const id of this.#listenedSince.keys()) if (!listenedTo.has(id)) this.#listenedSince.delete(id);
    const rates = new Map<number, Rate>();
    for (const id of listenedTo) {
      const since = this.#listenedSince.get(id) ?? now;
      this.#listenedSince.set(id, since);
      const rate = this.#rate(id, since);
      if (rate !== undefined) rates.set(id, rate);
    }
    this.#rates.value = rates;
    const [first, last] = [this.#readings[0], this.#readings.at(-1)];
    if (first !== undefined && last !== undefined && last.at - first.at >= SHORTEST_MS) {
      this.#total.value = Math.max(0, (last.totalBytes - first.totalBytes) * 1000 / (last.at - first.at));
    }
  }

  #rate(id: number, since: number): Rate | undefined {
    const first = this.#readings.find(({ at }) => at >= since);
    const last = this.#readings.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < SHORTEST_MS) return undefined;
    const [before, after] = [first.byId.get(id), last.byId.get(id)];
    const seconds = (last.at - first.at) / 1000;
    return {
      hertz: Math.max(0, (after?.messages ?? 0) - (before?.messages ?? 0)) / seconds,
      bytesPerSecond: Math.max(0, (after?.bytes ?? 0) - (before?.bytes ?? 0)) / seconds,
    };
  }

  #measure(): void {
    const wanted = this.#measuresAll.value ? this.#all.value.slice(0, MAX_MEASURED) : [];
    const ids = new Set(wanted.map(({ id }) => id));
    for (const [id, stop] of this.#measured) {
      if (ids.has(id)) continue;
      this.#measured.delete(id);
      stop();
    }
    for (const channel of wanted) {
      if (this.#measured.has(channel.id) || this.#feeds === undefined) continue;
      this.#measured.set(channel.id, this.#feeds.of(channel).listen(() => {}));
    }
  }
}
