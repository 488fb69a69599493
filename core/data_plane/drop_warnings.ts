/**
 * Messages dropped because they are too large, and the standing warnings that tell viewers of them.
 */
import type { ChannelEntry } from "../channel/channel_registry.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import type { Status } from "../protocol/mod.ts";

const REPORT_INTERVAL_MS = 30_000;
const STANDING_MS = 60_000;

/** What the last report on a channel said, and what has happened since. */
interface Report {
  readonly entry: ChannelEntry;
  readonly limit: number;
  readonly count: number;
  readonly at: number;
}

/** How many drops are to be reported now, or counted for a later report. */
export interface DropCount {
  /** The number of drops to report now; 0: none. */
  readonly reported: number;
  /** The number of drops that wait for the next report. */
  readonly pending: number;
}

/** Counts dropped messages per channel, reports at most once per 30 s, and keeps each report standing for 60 s. */
export class DropWarnings {
  readonly #clock: WallClock;
  readonly #log: Log;
  readonly #tell: (entry: ChannelEntry, status: Status) => void;
  readonly #reports = new Map<number, Report>();
  readonly #standing = new Set<number>();
  readonly #pending = new Map<number, number>();

  /** `tell` gets the warning for the channel's data subscribers. */
  constructor(clock: WallClock, log: Log, tell: (entry: ChannelEntry, status: Status) => void) {
    this.#clock = clock;
    this.#log = log;
    this.#tell = tell;
  }

  /** A message of the channel was larger than `limit` bytes and has been dropped for all. */
  dropped(entry: ChannelEntry, limit: number): DropCount {
    const id = entry.channel.id;
    const pending = (this.#pending.get(id) ?? 0) + 1;
    const now = this.#clock.currentTimeMillisUnsafe();
    const last = this.#reports.get(id);
    if (last !== undefined && now >= last.at && now - last.at < REPORT_INTERVAL_MS) {
      this.#pending.set(id, pending);
      return { reported: 0, pending };
    }
    this.#pending.delete(id);
    this.#reports.set(id, { entry, limit, count: pending, at: now });
    this.#standing.add(id);
    const status = dropStatus(entry, pending, limit);
    this.#log("warning", status.message, { channelId: id });
    this.#tell(entry, status);
    return { reported: pending, pending: 0 };
  }

  /** The warning that stands for the channel, for a viewer that has newly subscribed. */
  standing(channelId: number): Status | undefined {
    const report = this.#standing.has(channelId) ? this.#reports.get(channelId) : undefined;
    return report === undefined ? undefined : dropStatus(report.entry, report.count, report.limit);
  }

  /** The channel is gone. */
  forget(channelId: number): void {
    this.#reports.delete(channelId);
    this.#standing.delete(channelId);
    this.#pending.delete(channelId);
  }

  /** Takes back the warnings whose last report is 60 s or more ago, and returns the ids of their statuses. */
  expire(): ReadonlyArray<string> {
    const now = this.#clock.currentTimeMillisUnsafe();
    const due: Array<string> = [];
    for (const id of this.#standing) {
      if (now - this.#reports.get(id)!.at < STANDING_MS) continue;
      this.#standing.delete(id);
      due.push(dropStatusId(id));
    }
    return due;
  }
}

/** The id of the standing warning of a channel. */
export function dropStatusId(channelId: number): string {
  return `channel-drops-${channelId}`;
}

function dropStatus(entry: ChannelEntry, count: number, limit: number): Status {
  const { id, topic } = entry.channel;
  const messages = count === 1 ? "1 message was" : `${count} messages were`;
  return {
    op: "status",
    level: "warning",
    message: `${messages} dropped on ${topic}: larger than the per-message size limit of ${formatBytes(limit)}`,
    id: dropStatusId(id),
  };
}

/** A size in bytes, KiB or MiB, with at most two decimals and no trailing zeros. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`;
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, "KiB"] : [bytes / (1024 * 1024), "MiB"];
  return `${Number(size.toFixed(2))} ${unit}`;
}
