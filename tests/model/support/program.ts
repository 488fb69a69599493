/**
 * What the random driver can do to a device and its viewers: programs, which are plain data, and where they come from.
 */
import fc from "fast-check";
import type { LoopbackEvent } from "../../../adapters/loopback/mod.ts";

import type { Asked } from "./asks.ts";
import { NODES, PARAMETERS } from "./offering.ts";

/** How many viewers a program can have at a time. Number {@linkcode DEVICE} is the device itself. */
export const VIEWERS = 3;
/** Who the device is, where a step says `who`. */
export const DEVICE: number = VIEWERS;
/** How many channels a program can have open at a time. */
export const SLOTS = 4;
/** All of them. */
export const ALL_SLOTS: ReadonlyArray<number> = Array.from({ length: SLOTS }, (_, slot) => slot);

/** What a viewer is: this library's own, or one at wire level, without a version (2.2.0) or with the latest. */
export type ViewerKind = "viewer" | "raw" | "raw-2.3.0";
/** How the application of a library's viewer takes its messages. */
export type Taking = "callback" | "iterate" | "stream";
/** What a broken or hostile viewer sends. */
export type Junk =
  | "no-json"
  | "unknown-op"
  | "empty-frame"
  | "unknown-opcode"
  | "too-long"
  | "cut-short"
  | "video"
  | "ids";

/** The world that a program runs in. */
export interface Setup {
  /** What jitter, loss and reordering are drawn from. */
  readonly seed: number;
  /** Whether the device's transport has data tracks; channel streams otherwise. */
  readonly dataTracks: boolean;
  /** Control frames that may wait for one viewer. */
  readonly queueFrames: number;
  /** Bytes of one stream under way to one viewer. */
  readonly windowBytes: number;
  /** Which end of a replaced instance is told first. */
  readonly replacement: "old-first" | "new-first";
}

/** One thing that is done. What cannot be done just then does nothing, so that any part of a program is a program. */
export type Step =
  | { readonly do: "join"; readonly who: number; readonly kind: ViewerKind }
  | { readonly do: "leave"; readonly who: number }
  | { readonly do: "kick"; readonly who: number }
  | { readonly do: "end-room" }
  | { readonly do: "restart" }
  | { readonly do: "subscribe"; readonly who: number; readonly slots: ReadonlyArray<number>; readonly taking: Taking }
  | { readonly do: "unsubscribe"; readonly who: number; readonly slots: ReadonlyArray<number> }
  | { readonly do: "pause"; readonly who: number }
  | { readonly do: "resume"; readonly who: number }
  | { readonly do: "junk"; readonly who: number; readonly junk: Junk }
  | {
    readonly do: "open";
    readonly slot: number;
    readonly reliable: boolean;
    /** Messages that a reliable channel keeps for those who subscribe later. */
    readonly latch: number;
  }
  | { readonly do: "close"; readonly slot: number }
  | { readonly do: "publish"; readonly slot: number; readonly count: number; readonly bytes: number }
  | { readonly do: "ask"; readonly who: number; readonly asked: Asked }
  | { readonly do: "ping"; readonly who: number }
  | { readonly do: "watch"; readonly who: number; readonly names: ReadonlyArray<string> }
  | { readonly do: "unwatch"; readonly who: number }
  | { readonly do: "follow"; readonly who: number }
  | { readonly do: "unfollow"; readonly who: number }
  | { readonly do: "open-own"; readonly who: number; readonly own: number }
  | { readonly do: "close-own"; readonly who: number; readonly own: number }
  | { readonly do: "publish-own"; readonly who: number; readonly own: number; readonly count: number }
  | { readonly do: "parameters"; readonly names: ReadonlyArray<string> }
  | { readonly do: "graph"; readonly graph: number }
  | { readonly do: "service" }
  | { readonly do: "drain" }
  | { readonly do: "ready"; readonly slot: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "turns"; readonly turns: number }
  | {
    readonly do: "network";
    readonly who: number;
    readonly latencyMs: number;
    readonly jitterMs: number;
    readonly loss: number;
    readonly reorder: number;
  }
  | { readonly do: "stall"; readonly who: number }
  | { readonly do: "go-on"; readonly who: number }
  | { readonly do: "partition"; readonly who: number }
  | { readonly do: "heal"; readonly who: number }
  | {
    readonly do: "fail";
    readonly who: number;
    readonly what: "writes" | "opens" | "publishes" | "joins";
    readonly count: number;
  }
  | { readonly do: "slow"; readonly who: number; readonly ms: number }
  | {
    readonly do: "events";
    readonly who: number;
    readonly event: LoopbackEvent;
    readonly delayMs: number;
    readonly times: 1 | 2;
  };

/** What a program can do. */
export type Verb = Step["do"];

/** A program. */
export interface Program {
  readonly setup: Setup;
  readonly steps: ReadonlyArray<Step>;
}

const who = fc.nat({ max: VIEWERS - 1 });
const anybody = fc.nat({ max: DEVICE });
const slot = fc.nat({ max: SLOTS - 1 });
const slots = fc.oneof(fc.uniqueArray(slot, { minLength: 1, maxLength: SLOTS }), fc.constant([...ALL_SLOTS]));

const own = fc.integer({ min: 1, max: 2 });
const parameters = fc.subarray([...PARAMETERS], { minLength: 1 });

/** How often a verb comes, against the others, and what goes with it. */
const vocabulary: {
  readonly [V in Verb]: readonly [weight: number, arbitrary: fc.Arbitrary<Extract<Step, { do: V }>>];
} = {
  "join": [8, fc.record({ do: fc.constant("join"), who, kind: fc.constantFrom("viewer", "raw", "raw-2.3.0") })],
  "leave": [3, fc.record({ do: fc.constant("leave"), who })],
  "kick": [1, fc.record({ do: fc.constant("kick"), who: anybody })],
  "end-room": [0.3, fc.record({ do: fc.constant("end-room") })],
  "restart": [0.3, fc.record({ do: fc.constant("restart") })],
  "subscribe": [
    12,
    fc.record({ do: fc.constant("subscribe"), who, slots, taking: fc.constantFrom("callback", "iterate", "stream") }),
  ],
  "unsubscribe": [4, fc.record({ do: fc.constant("unsubscribe"), who, slots })],
  "pause": [2, fc.record({ do: fc.constant("pause"), who })],
  "resume": [2, fc.record({ do: fc.constant("resume"), who })],
  "junk": [
    1,
    fc.record({
      do: fc.constant("junk"),
      who,
      junk: fc.constantFrom(
        "no-json",
        "unknown-op",
        "empty-frame",
        "unknown-opcode",
        "too-long",
        "cut-short",
        "video",
        "ids",
      ),
    }),
  ],
  "open": [
    9,
    fc.record({ do: fc.constant("open"), slot, reliable: fc.boolean(), latch: fc.constantFrom(0, 0, 0, 1, 3) }),
  ],
  "close": [1.5, fc.record({ do: fc.constant("close"), slot })],
  "publish": [
    16,
    fc.record({
      do: fc.constant("publish"),
      slot,
      count: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, fc.integer({ min: 1, max: 30 })),
      bytes: fc.oneof({ weight: 3, arbitrary: fc.constant(10) }, fc.integer({ min: 10, max: 600 })),
    }),
  ],
  "ask": [
    6,
    fc.record({
      do: fc.constant("ask"),
      who,
      asked: fc.constantFrom(
        "quick",
        "slow",
        "fails",
        "throws",
        "empty",
        "hangs",
        "hangs-promise",
        "unknown",
        "asset",
        "asset-fails",
        "asset-hangs",
        "get",
        "set",
      ),
    }),
  ],
  "ping": [1, fc.record({ do: fc.constant("ping"), who })],
  "watch": [2, fc.record({ do: fc.constant("watch"), who, names: parameters })],
  "unwatch": [1, fc.record({ do: fc.constant("unwatch"), who })],
  "follow": [1.5, fc.record({ do: fc.constant("follow"), who })],
  "unfollow": [0.7, fc.record({ do: fc.constant("unfollow"), who })],
  "open-own": [3, fc.record({ do: fc.constant("open-own"), who, own })],
  "close-own": [1, fc.record({ do: fc.constant("close-own"), who, own })],
  "publish-own": [3, fc.record({ do: fc.constant("publish-own"), who, own, count: fc.integer({ min: 1, max: 5 }) })],
  "parameters": [2, fc.record({ do: fc.constant("parameters"), names: parameters })],
  "graph": [1.5, fc.record({ do: fc.constant("graph"), graph: fc.nat({ max: 2 ** NODES - 1 }) })],
  "service": [1, fc.record({ do: fc.constant("service") })],
  "drain": [0.5, fc.record({ do: fc.constant("drain") })],
  "ready": [0.5, fc.record({ do: fc.constant("ready"), slot })],
  "wait": [
    8,
    fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(1, 5, 20, 100, 500, 1_000, 5_000, 35_000, 130_000) }),
  ],
  "turns": [8, fc.record({ do: fc.constant("turns"), turns: fc.constantFrom(1, 2, 3, 5, 10, 40) })],
  "network": [
    2,
    fc.record({
      do: fc.constant("network"),
      who: anybody,
      latencyMs: fc.constantFrom(0, 5, 80, 300),
      jitterMs: fc.constantFrom(0, 20),
      loss: fc.constantFrom(0, 0.1, 0.5),
      reorder: fc.constantFrom(0, 0.3),
    }),
  ],
  "stall": [1, fc.record({ do: fc.constant("stall"), who: anybody })],
  "go-on": [1, fc.record({ do: fc.constant("go-on"), who: anybody })],
  "partition": [1, fc.record({ do: fc.constant("partition"), who: anybody })],
  "heal": [1, fc.record({ do: fc.constant("heal"), who: anybody })],
  "fail": [
    1.5,
    fc.record({
      do: fc.constant("fail"),
      who: anybody,
      what: fc.constantFrom("writes", "opens", "publishes", "joins"),
      count: fc.integer({ min: 1, max: 2 }),
    }),
  ],
  "slow": [0.7, fc.record({ do: fc.constant("slow"), who: anybody, ms: fc.constantFrom(0, 10, 400, 20_000) })],
  "events": [
    1,
    fc.record({
      do: fc.constant("events"),
      who: anybody,
      event: fc.constantFrom(
        "participantActive",
        "participantDisconnected",
        "byteStreamOpened",
        "dataTrackPublished",
        "dataTrackUnpublished",
      ),
      delayMs: fc.constantFrom(0, 1, 50, 2_000),
      times: fc.constantFrom(1, 2),
    }),
  ],
};

const setup: fc.Arbitrary<Setup> = fc.record({
  seed: fc.nat({ max: 9_999 }),
  dataTracks: fc.boolean(),
  queueFrames: fc.constantFrom(16, 40, 1_024),
  windowBytes: fc.constantFrom(400, 2_000, 262_144),
  replacement: fc.constantFrom("old-first", "new-first"),
});

/** Weights are counted in tenths: fast-check takes whole ones. */
const step: fc.Arbitrary<Step> = fc.oneof(
  ...Object.values(vocabulary).map(([weight, arbitrary]) => ({ weight: weight * 10, arbitrary })),
);

/** How most programs begin, or there would be little to see: channels, viewers, and who wants what. */
const beginning: fc.Arbitrary<ReadonlyArray<Step>> = fc.tuple(
  vocabulary.open[1],
  vocabulary.open[1],
  vocabulary.join[1],
  vocabulary.join[1],
  fc.constant<Step>({ do: "turns", turns: 40 }),
  vocabulary.subscribe[1],
  vocabulary.subscribe[1],
  fc.constantFrom<Step>({ do: "turns", turns: 1 }, { do: "turns", turns: 40 }),
);

/** The program of a seed: the same seed and length, the same program, on every run-time. */
export function programOf(seed: number, length: number): Program {
  const rest = fc.array(step, { minLength: length, maxLength: length });
  const begun = fc.oneof({ weight: 4, arbitrary: beginning }, fc.constant<ReadonlyArray<Step>>([]));
  const steps = fc.tuple(begun, rest).map((parts) => parts.flat());
  const [program] = fc.sample(fc.record({ setup, steps }), { seed, numRuns: 1 });
  if (program === undefined) throw new Error("fast-check has given no program");
  return program;
}
