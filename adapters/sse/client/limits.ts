/**
 * The bounds of a viewer's connection over server-sent events. LIMITS.md is held against this table by a test.
 */

/** Bounds of one connection; LIMITS.md lists them with what happens when they are reached. */
export interface SseClientLimits {
  /** The size of one event as text, in bytes. Default 24 MiB: the largest frame as base64, and some. */
  readonly eventBytes: number;
  /** Bytes that have arrived and were not read yet, of all streams together. Default 8 MiB. */
  readonly incomingBytes: number;
  /** Byte streams of the device that may be open at the same time. Default 64. */
  readonly incomingStreams: number;
  /** Byte streams of the device that are kept until the viewer listens. Default 64. */
  readonly heldStreams: number;
  /** Topics that byte streams are opened on. Default 1,024. */
  readonly topics: number;
  /** Bytes of one topic that may wait to be posted. Default 4 MiB. */
  readonly outgoingBytes: number;
  /** Bytes that go in one post. Default 1 MiB. */
  readonly postBytes: number;
  /** How long joining may take, in ms. Default 15,000. */
  readonly joinTimeoutMs: number;
  /** How long nothing may come from the server, in ms; it sends something every 8 s. Default 20,000. */
  readonly stallMs: number;
  /** How long a post may take to be answered, in ms. Default 20,000. */
  readonly postTimeoutMs: number;
  /** The longest pause between two attempts, in ms. Default 8,000. */
  readonly retryMs: number;
  /** How long what was written may take to leave when the room is left, in ms. Default 2,000. */
  readonly leaveTimeoutMs: number;
}

/** One bound. */
export interface SseClientLimit {
  /** What is counted. */
  readonly unit: "bytes" | "ms" | "streams" | "topics";
  /** What holds when the option is left out. */
  readonly default: number;
  /** What is bounded. */
  readonly bounds: string;
  /** What happens when it is reached. */
  readonly consequence: string;
}

/** The bounds that the transport's options may set. */
export const sseClientLimitTable: Readonly<Record<keyof SseClientLimits, SseClientLimit>> = {
  eventBytes: {
    unit: "bytes",
    default: 24 * 1024 * 1024,
    bounds: "one event of the server, as text",
    consequence: "the room ends as `connection-lost`, and is joined anew",
  },
  incomingBytes: {
    unit: "bytes",
    default: 8 * 1024 * 1024,
    bounds: "bytes that have arrived and were not read yet, of all byte streams together; one larger event passes",
    consequence: "nothing more is taken from the server; when its memory turns over meanwhile, the viewer is reset",
  },
  incomingStreams: {
    unit: "streams",
    default: 64,
    bounds: "byte streams of the device that are open at the same time",
    consequence: "a further one is not taken, with a warning",
  },
  heldStreams: {
    unit: "streams",
    default: 64,
    bounds: "byte streams of the device that are kept between joining and listening",
    consequence: "a further one is not taken, with a warning",
  },
  topics: {
    unit: "topics",
    default: 1_024,
    bounds: "topics that the viewer has opened byte streams on; the device has a bound of its own",
    consequence: "opening one on a further topic fails",
  },
  outgoingBytes: {
    unit: "bytes",
    default: 4 * 1024 * 1024,
    bounds: "bytes written to one topic that wait for their post to be acknowledged",
    consequence: "writing waits",
  },
  postBytes: {
    unit: "bytes",
    default: 1024 * 1024,
    bounds: "bytes that go in one post; no more than the server takes",
    consequence: "the rest goes in further posts",
  },
  joinTimeoutMs: {
    unit: "ms",
    default: 15_000,
    bounds: "making a session and opening its stream of events",
    consequence: "joining fails as `timeout`",
  },
  stallMs: {
    unit: "ms",
    default: 20_000,
    bounds: "nothing at all coming from the server, which sends something every 8 s",
    consequence: "the stream of events is taken for dead, and resumed on another connection",
  },
  postTimeoutMs: {
    unit: "ms",
    default: 20_000,
    bounds: "waiting for the answer to a post",
    consequence: "the post is repeated; the server takes it once",
  },
  retryMs: {
    unit: "ms",
    default: 8_000,
    bounds: "the pause between two attempts to resume or to repeat, which doubles from what the server asks for (1 s)",
    consequence: "it does not grow further",
  },
  leaveTimeoutMs: {
    unit: "ms",
    default: 2_000,
    bounds: "waiting, on leaving, for what was written to be acknowledged",
    consequence: "the rest is lost",
  },
};

/** The bounds, with defaults for what is left out. Throws a RangeError for a bound that is no whole number above 0. */
export function sseClientLimits(limits: Partial<SseClientLimits> = {}): SseClientLimits {
  const names = Object.keys(sseClientLimitTable) as Array<keyof SseClientLimits>;
  const entries = names.map((name) => {
    const value = limits[name] ?? sseClientLimitTable[name].default;
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new RangeError(`Cannot connect as the limit '${name}' must be a whole number above 0: received ${value}`);
    }
    return [name, value] as const;
  });
  return Object.fromEntries(entries) as Record<keyof SseClientLimits, number>;
}
