/**
 * The bounds of the device's side of the event-stream carrier. LIMITS.md is held against this table by a test.
 */
import { type ResumeLimits, resumeLimitsWith, resumeLimitTable } from "../../../core/resume/mod.ts";

/** Bounds of {@linkcode sse}; LIMITS.md says what happens when one is reached. */
export interface SseLimits extends ResumeLimits {
  /** Sessions there may be, those whose viewer is away included. Default 1,000. */
  readonly sessions: number;
  /** Sessions of one identity there may be. Default 4. */
  readonly sessionsPerIdentity: number;
  /** Sessions of one subject there may be, where there is an `authorize`. Default 100. */
  readonly sessionsPerSubject: number;
  /** Requests of one session in a second; also new sessions of one subject in a second. Default 1,000. */
  readonly requestsPerSecond: number;
  /** Requests of one session that may be under way, its event stream left out. Default 8. */
  readonly requestsPerSession: number;
  /** Topics that one viewer may have byte streams of. Default 16. */
  readonly topics: number;
  /** Bytes of the body of one post. Default 16 MiB and a frame header. */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being read. Default 64 MiB. */
  readonly pendingBodyBytes: number;
  /** Bytes of the body of a request that is JSON. Default 16 KiB. */
  readonly jsonBytes: number;
  /** Attributes that a viewer may have. Default 64. */
  readonly attributes: number;
  /** Bytes of the names and values of a viewer's attributes. Default 16 KiB. */
  readonly attributeBytes: number;
  /** Characters of a viewer's identity, and of a topic. Default 256. */
  readonly nameCharacters: number;
  /** Byte streams that viewers open between the device's joining and its listening. Default 256. */
  readonly heldStreams: number;
  /** Bytes of a request's address and headers. Default 16 KiB. */
  readonly headerBytes: number;
  /** Bytes of one topic of one viewer that have arrived and were not read by the device. Default 1 MiB. */
  readonly incomingBytes: number;
  /** Bytes that a connected viewer may be behind before writes to it wait. Default 1 MiB. */
  readonly readAheadBytes: number;
  /** Bytes of lossy messages that may wait until a viewer reads on. Default 64 KiB. */
  readonly lossyBytes: number;
  /** Bytes of one frame of a lossy message. Default 1 MiB. */
  readonly lossyFrameBytes: number;
  /** How long a post may wait for the device to read, in ms. Default 10,000. */
  readonly postWaitMs: number;
  /** How long the body of a request may take to arrive, in ms. Default 30,000. */
  readonly bodyTimeoutMs: number;
  /** How long `authorize` may take, in ms. Default 10,000. */
  readonly authorizeTimeoutMs: number;
  /** How long viewers are given, on leaving, to read what was written, in ms. Default 2,000. */
  readonly leaveTimeoutMs: number;
}

/** One bound. */
export interface SseLimit {
  /** What is counted. */
  readonly unit:
    | "sessions"
    | "requests"
    | "topics"
    | "streams"
    | "attributes"
    | "bytes"
    | "characters"
    | "events"
    | "ms";
  /** What holds when the option is left out. */
  readonly default: number;
  /** What is bounded. */
  readonly bounds: string;
  /** What happens when it is reached. */
  readonly consequence: string;
}

/** The bounds that the options of `sse` may set beside those of the ring. */
export const sseLimitTable: Readonly<Record<Exclude<keyof SseLimits, keyof ResumeLimits>, SseLimit>> = {
  sessions: {
    unit: "sessions",
    default: 1_000,
    bounds: "sessions, those whose viewer is away included",
    consequence: "a further one is refused (503)",
  },
  sessionsPerIdentity: {
    unit: "sessions",
    default: 4,
    bounds: "sessions of one identity, of which one is a participant: the one whose events were asked for last",
    consequence: "a further one is refused (429)",
  },
  sessionsPerSubject: {
    unit: "sessions",
    default: 100,
    bounds: "sessions of one subject, by whatever identities, where `authorize` tells subjects apart",
    consequence: "a further one is refused (429)",
  },
  requestsPerSecond: {
    unit: "requests",
    default: 1_000,
    bounds: "requests of one session in a second; also new sessions of one subject in a second",
    consequence: "a further one is refused (429)",
  },
  requestsPerSession: {
    unit: "requests",
    default: 8,
    bounds: "requests of one session that are under way, its event stream left out",
    consequence: "a further one is refused (429)",
  },
  topics: {
    unit: "topics",
    default: 16,
    bounds: "topics that one viewer has, or has had, byte streams of",
    consequence: "a post to a further one is refused (429)",
  },
  bodyBytes: {
    unit: "bytes",
    default: 16 * 1024 * 1024 + 5,
    bounds: "the body of one post: a frame, in one piece",
    consequence: "the post is refused (413); no more of it is read",
  },
  pendingBodyBytes: {
    unit: "bytes",
    default: 64 * 1024 * 1024,
    bounds: "all bodies that are being read, together; a single larger one passes when there is no other",
    consequence: "the largest of whoever has most of them is refused (503), to be made again",
  },
  jsonBytes: {
    unit: "bytes",
    default: 16 * 1024,
    bounds: "the body of a request that is JSON: to make a session, to set attributes",
    consequence: "the request is refused (413); no more of it is read",
  },
  attributes: {
    unit: "attributes",
    default: 64,
    bounds: "attributes of one viewer",
    consequence: "the request is refused (413); none of it is set",
  },
  attributeBytes: {
    unit: "bytes",
    default: 16 * 1024,
    bounds: "the names and values of one viewer's attributes, in UTF-8",
    consequence: "the request is refused (413); none of it is set",
  },
  nameCharacters: {
    unit: "characters",
    default: 256,
    bounds: "an identity; a topic of a byte stream",
    consequence: "the request is refused (400; 404 for a topic)",
  },
  heldStreams: {
    unit: "streams",
    default: 256,
    bounds: "byte streams that viewers open between the device's joining and its listening",
    consequence: "a further one is cancelled, with a warning",
  },
  headerBytes: {
    unit: "bytes",
    default: 16 * 1024,
    bounds: "a request's address, and the names and values of its headers",
    consequence: "the request is refused (431)",
  },
  incomingBytes: {
    unit: "bytes",
    default: 1024 * 1024,
    bounds:
      "bytes of one topic of one viewer that have arrived and were not read by the device; one post passes when fewer wait",
    consequence: "posts wait",
  },
  readAheadBytes: {
    unit: "bytes",
    default: 1024 * 1024,
    bounds:
      "bytes that a connected viewer is behind, at most what the ring holds, and half its events; a single larger one passes when it is not behind",
    consequence: "writing to it waits, and the queue in front of it fills",
  },
  lossyBytes: {
    unit: "bytes",
    default: 64 * 1024,
    bounds: "lossy messages that wait until a viewer reads on, beside one that is larger",
    consequence: "the oldest, of the same channel if one waits, is dropped for that viewer, and counted",
  },
  lossyFrameBytes: {
    unit: "bytes",
    default: 1024 * 1024,
    bounds: "a frame of a lossy message",
    consequence: "the message is dropped for all, counted, and told",
  },
  postWaitMs: {
    unit: "ms",
    default: 10_000,
    bounds: "a post waiting for the device to read",
    consequence: "it is refused (503), to be made again with the same number",
  },
  bodyTimeoutMs: {
    unit: "ms",
    default: 30_000,
    bounds: "the body of a request arriving",
    consequence: "the request is refused (408); nothing of it is taken",
  },
  authorizeTimeoutMs: {
    unit: "ms",
    default: 10_000,
    bounds: "deciding on one request with `authorize`",
    consequence: "the request is refused (503)",
  },
  leaveTimeoutMs: {
    unit: "ms",
    default: 2_000,
    bounds: "waiting, on leaving, for viewers to read what was written",
    consequence: "their streams are ended all the same",
  },
};

/** The bounds, with those an application has changed. Each must be a positive whole number; `ringEvents` may be 0. */
export function sseLimits(changed: Partial<SseLimits> = {}): SseLimits {
  const table: Readonly<Record<string, { readonly default: number }>> = { ...resumeLimitTable, ...sseLimitTable };
  for (const [name, value] of Object.entries(changed)) {
    if (!Object.hasOwn(table, name)) {
      throw new RangeError(
        `Cannot set limit '${name}' as there is none of that name, only ${Object.keys(table).join(", ")}`,
      );
    }
    const least = name === "ringEvents" ? 0 : 1;
    if (value !== undefined && (!Number.isSafeInteger(value) || value < least)) {
      throw new RangeError(`Cannot set limit '${name}' as it must be a positive whole number: received ${value}`);
    }
  }
  const names = Object.keys(sseLimitTable) as Array<keyof typeof sseLimitTable>;
  const own = Object.fromEntries(
    names.map((name) => [name, changed[name] ?? sseLimitTable[name].default]),
  ) as Record<keyof typeof sseLimitTable, number>;
  const { ringEvents, ringBytes } = changed;
  return {
    ...own,
    ...resumeLimitsWith({
      ...(ringEvents !== undefined && { ringEvents }),
      ...(ringBytes !== undefined && { ringBytes }),
    }),
  };
}
