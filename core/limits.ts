/**
 * Every bound of the library: what it is, its default, and what happens when it is reached. LIMITS.md is held against
 * this table by a test.
 */

/** One bound. */
export interface Limit {
  /** What is counted. */
  readonly unit:
    | "frames"
    | "bytes"
    | "ms"
    | "messages"
    | "streams"
    | "requests"
    | "channels"
    | "names"
    | "parameters"
    | "statuses"
    | "events";
  /** What holds when the option is left out. */
  readonly default: number;
  /** What is bounded. */
  readonly bounds: string;
  /** What happens when it is reached. */
  readonly consequence: string;
}

/** A gateway's bounds; LIMITS.md says what happens when one is reached. */
export interface GatewayLimits {
  /** Control frames that may wait. Default 1024. */
  readonly queueFrames: number;
  /** Bytes of control frames that may wait. Default 32 MiB. */
  readonly queueBytes: number;
  /** The largest message on a data track or in a datagram, in bytes; 1200 at least. Default 100 KiB. */
  readonly dataTrackBytes: number;
  /** Lossy messages that may wait where the transport has neither data tracks nor datagrams. Default 1024. */
  readonly channelStreamMessages: number;
  /** Control streams of one viewer that are read at the same time. Default 16. */
  readonly streamsPerViewer: number;
  /** Service calls of one viewer that may be under way. Default 32. */
  readonly serviceCalls: number;
  /** Asset fetches of one viewer that may be under way. Default 32. */
  readonly assetFetches: number;
  /** Gets and sets of parameters of one viewer that may be under way, together. Default 32. */
  readonly parameterRequests: number;
  /** Playback requests of one viewer that may be under way. Default 32. */
  readonly playbackRequests: number;
  /** Channels that one viewer may have of its own. Default 1024. */
  readonly clientChannels: number;
  /** Bytes of names and schemas of one viewer's own channels. Default 16 MiB. */
  readonly clientChannelBytes: number;
  /** Parameters that one viewer may subscribe to. Default 16,384. */
  readonly parameterNames: number;
  /** Bytes of the names of the parameters that one viewer subscribes to. Default 1 MiB. */
  readonly parameterNameBytes: number;
  /** How long a byte stream may take to open, in ms. Default 15,000. */
  readonly openTimeoutMs: number;
  /** How long one write to a channel stream may take, in ms. Default 5,000. */
  readonly streamWriteTimeoutMs: number;
  /** How long `authorize` may take, in ms. Default 10,000. */
  readonly authorizeTimeoutMs: number;
  /** How long a viewer that pings may say nothing before it counts as idle, in ms. Default 30,000. */
  readonly idleAfterMs: number;
  /** How long a viewer that pings may say nothing before it is sent nothing any more, in ms. Default 120,000. */
  readonly silentAfterMs: number;
  /** How long joining the room may take, in ms. Default 30,000. */
  readonly joinTimeoutMs: number;
  /** How long leaving the room may take, in ms. Default 5,000. */
  readonly closeTimeoutMs: number;
}

/** A viewer's bounds; LIMITS.md says what happens when one is reached. */
export interface ViewerLimits {
  /** Control frames that may wait. Default 1024. */
  readonly queueFrames: number;
  /** Bytes of control frames that may wait. Default 32 MiB. */
  readonly queueBytes: number;
  /** Lossy messages that may wait in one subscription. Default 256. */
  readonly lossyMessages: number;
  /** Bytes of lossy messages that may wait in one subscription. Default 16 MiB. */
  readonly lossyBytes: number;
  /** Bytes of reliable messages that may wait in one subscription before the control stream is not read. Default 8 MiB. */
  readonly reliableBytes: number;
  /** Requests of one kind that may wait for their answer. Default 32. */
  readonly pendingRequests: number;
  /** Channels that the viewer may have of its own. Default 1024. */
  readonly ownChannels: number;
  /** Parameters that the viewer may watch. Default 16,384. */
  readonly watchedParameters: number;
  /** Statuses of the device that are kept: so many with an id, and so many without. Default 256. */
  readonly statuses: number;
  /** How long a byte stream may take to open, in ms. Default 15,000. */
  readonly openTimeoutMs: number;
  /** The time between pings of the device, in ms. Default 5,000. */
  readonly pingIntervalMs: number;
  /** How long nothing may come from the device before it counts as silent, in ms. Default 30,000. */
  readonly deviceSilentAfterMs: number;
  /** How long joining the room may take, in ms. Default 30,000. */
  readonly joinTimeoutMs: number;
  /** How long leaving the room may take, in ms. Default 5,000. */
  readonly closeTimeoutMs: number;
}

const joinTimeoutMs: Limit = {
  unit: "ms",
  default: 30_000,
  bounds: "one attempt to join the room",
  consequence: "it counts as failed; it is tried again with back-off, but for a viewer's first attempt",
};

const closeTimeoutMs: Limit = {
  unit: "ms",
  default: 5_000,
  bounds: "waiting for the transport to leave the room; before that, at a gateway, to end its streams",
  consequence: "the room, or the streams, are left to themselves, with a warning",
};

/** The bounds that a gateway's options may set. */
export const gatewayLimits: Readonly<Record<keyof GatewayLimits, Limit>> = {
  queueFrames: {
    unit: "frames",
    default: 1024,
    bounds:
      "control frames waiting for one viewer; those of its start-up, of latches and of channels that close are not counted",
    consequence: "the viewer is reset: a fresh stream, the start-up sequence again, nothing subscribed",
  },
  queueBytes: {
    unit: "bytes",
    default: 32 * 1024 * 1024,
    bounds:
      "bytes of control frames waiting for one viewer; a single larger frame passes when none wait; its start-up and latches are counted apart, and one more passes as long as these are within the bound",
    consequence: "the viewer is reset",
  },
  dataTrackBytes: {
    unit: "bytes",
    default: 100 * 1024,
    bounds:
      "size of one message on a data track or in a datagram, 1200 at least; the transport's own bound counts when it is smaller",
    consequence: "the message is dropped for all, counted, and the channel's subscribers are warned",
  },
  channelStreamMessages: {
    unit: "messages",
    default: 1024,
    bounds:
      "lossy messages waiting to be sent where the transport has neither data tracks nor datagrams, for the whole session",
    consequence: "the oldest is dropped and counted",
  },
  streamsPerViewer: {
    unit: "streams",
    default: 16,
    bounds: "control streams of one viewer that are read at the same time",
    consequence: "a further one is cancelled, with a warning",
  },
  serviceCalls: {
    unit: "requests",
    default: 32,
    bounds: "service calls of one viewer that are under way, from the call to the end of its handler",
    consequence: 'a further call fails with "Too many requests"',
  },
  assetFetches: {
    unit: "requests",
    default: 32,
    bounds: "asset fetches of one viewer that are under way",
    consequence: "a further one is answered with an error",
  },
  parameterRequests: {
    unit: "requests",
    default: 32,
    bounds: "gets and sets of parameters of one viewer that are under way, together",
    consequence: "a further one is refused with an error status",
  },
  playbackRequests: {
    unit: "requests",
    default: 32,
    bounds: "playback requests of one viewer that are under way",
    consequence: "a further one is refused with an error status",
  },
  clientChannels: {
    unit: "channels",
    default: 1024,
    bounds: "channels that one viewer has of its own",
    consequence: "a further one is refused with an error status",
  },
  clientChannelBytes: {
    unit: "bytes",
    default: 16 * 1024 * 1024,
    bounds: "names and schemas of the channels that one viewer has of its own, together",
    consequence: "a further channel is refused with an error status",
  },
  parameterNames: {
    unit: "names",
    default: 16_384,
    bounds: "parameters that one viewer subscribes to",
    consequence: "the others are not subscribed to, which an error status says",
  },
  parameterNameBytes: {
    unit: "bytes",
    default: 1024 * 1024,
    bounds: "names of the parameters that one viewer subscribes to, together, at two bytes a character",
    consequence: "the others are not subscribed to, which an error status says",
  },
  openTimeoutMs: {
    unit: "ms",
    default: 15_000,
    bounds: "waiting for a byte stream to a viewer to open",
    consequence: "the viewer is not registered until it joins anew or is reset",
  },
  streamWriteTimeoutMs: {
    unit: "ms",
    default: 5_000,
    bounds:
      "one write to a channel stream, which all lossy channels wait for where there are neither data tracks nor datagrams",
    consequence: "the stream is given up and its messages are lost; the next message opens a new one",
  },
  authorizeTimeoutMs: {
    unit: "ms",
    default: 10_000,
    bounds: "deciding on one viewer with `authorize`",
    consequence: "the viewer is refused until it joins anew",
  },
  idleAfterMs: {
    unit: "ms",
    default: 30_000,
    bounds: "a viewer that has pinged saying nothing",
    consequence: "it counts as `idle` until it says something; nothing else changes",
  },
  silentAfterMs: {
    unit: "ms",
    default: 120_000,
    bounds: "a viewer that has pinged saying nothing; longer than `idleAfterMs`",
    consequence: "it is `asleep`: cleaned up after as if it had left, and sent nothing until it says something",
  },
  joinTimeoutMs,
  closeTimeoutMs,
};

/** The bounds that a viewer's options may set. */
export const viewerLimits: Readonly<Record<keyof ViewerLimits, Limit>> = {
  queueFrames: {
    unit: "frames",
    default: 1024,
    bounds: "control frames waiting for the device",
    consequence:
      "a request waits for room; for anything else the control stream is opened anew and what stands is asked for again",
  },
  queueBytes: {
    unit: "bytes",
    default: 32 * 1024 * 1024,
    bounds: "bytes of control frames waiting for the device; a single larger frame passes when none wait",
    consequence:
      "a request waits for room; for anything else the control stream is opened anew and what stands is asked for again",
  },
  lossyMessages: {
    unit: "messages",
    default: 256,
    bounds: "lossy messages waiting in one subscription",
    consequence: "the oldest is dropped and counted",
  },
  lossyBytes: {
    unit: "bytes",
    default: 16 * 1024 * 1024,
    bounds: "bytes of lossy messages waiting in one subscription; a single larger message passes when none wait",
    consequence: "the oldest is dropped and counted",
  },
  reliableBytes: {
    unit: "bytes",
    default: 8 * 1024 * 1024,
    bounds: "bytes of reliable messages waiting in one subscription",
    consequence:
      "the control stream is not read until the application has caught up, which holds up all that comes on it",
  },
  pendingRequests: {
    unit: "requests",
    default: 32,
    bounds:
      "requests of one kind (service calls; asset fetches; gets and sets of parameters; playback) that wait for their answer",
    consequence: "a further one fails at once with a `TooManyPending`",
  },
  ownChannels: {
    unit: "channels",
    default: 1024,
    bounds: "channels of the viewer's own; telling of all of them takes half of `queueBytes` at most",
    consequence: "a further one is refused with a `ChannelError`",
  },
  watchedParameters: {
    unit: "names",
    default: 16_384,
    bounds: "parameters that the viewer watches; their names together are no longer than an eighth of `queueBytes`",
    consequence: "a watch that needs more is refused with an `InvalidRequest`",
  },
  statuses: {
    unit: "statuses",
    default: 256,
    bounds:
      "statuses of the device that are kept: so many with an id, and so many without; 1 Mi characters of each, or one status",
    consequence: "the oldest of the kind is forgotten",
  },
  openTimeoutMs: {
    unit: "ms",
    default: 15_000,
    bounds: "waiting for the byte stream to the device to open",
    consequence: "it is tried again, with back-off",
  },
  pingIntervalMs: {
    unit: "ms",
    default: 5_000,
    bounds: "the time between pings of the device; keep it well below the device's `idleAfterMs`",
    consequence: "the device is pinged, and once more right behind the ack of its pong",
  },
  deviceSilentAfterMs: {
    unit: "ms",
    default: 30_000,
    bounds: "nothing of any kind coming from the device; longer than `pingIntervalMs`",
    consequence: "the device counts as `silent` until something comes from it; nothing else changes",
  },
  joinTimeoutMs,
  closeTimeoutMs,
};

/** The bounds that the options of a channel may set. */
export const channelLimits: Readonly<Record<"latch.bytes", Limit>> = {
  "latch.bytes": {
    unit: "bytes",
    default: 4 * 1024 * 1024,
    bounds: "messages that a channel with a latch keeps, as they travel; at most the `queueBytes` of its gateways",
    consequence: "the oldest are let go; a message larger than that is not kept, and nothing before it",
  },
};

/** A gateway's bounds, the defaults where none is given. */
export function gatewayLimitsWith(given: Partial<GatewayLimits> = {}): GatewayLimits {
  return { ...defaults(gatewayLimits), ...defined(given) };
}

/** A viewer's bounds, the defaults where none is given. */
export function viewerLimitsWith(given: Partial<ViewerLimits> = {}): ViewerLimits {
  return { ...defaults(viewerLimits), ...defined(given) };
}

/** What is wrong with given bounds, if anything is: each is one of the table's, and a positive whole number. */
export function invalidLimit(given: object, table: Readonly<Record<string, Limit>>): string | undefined {
  for (const [name, value] of Object.entries(defined(given))) {
    if (!Object.hasOwn(table, name)) return `there is no limit "${name}", only ${Object.keys(table).join(", ")}`;
    if (!Number.isSafeInteger(value) || value < 1) {
      return `the limit "${name}" must be a positive whole number: received ${value}`;
    }
  }
  return undefined;
}

/** The options that have a value: one that is `undefined` counts as left out. */
export function defined<Options extends object>(options: Options): Options {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Options;
}

function defaults<Name extends string>(table: Readonly<Record<Name, Limit>>): Record<Name, number> {
  const names = Object.keys(table) as Array<Name>;
  return Object.fromEntries(names.map((name) => [name, table[name].default])) as Record<Name, number>;
}
