/**
 * Commands that expire: rules for the viewers' own channels, on the device's clock.
 */
import * as Effect from "effect/Effect";
import type { WallClock } from "../clock.ts";
import { Signal } from "../signal.ts";
import type { CapabilityOwner } from "./capability.ts";
import type { Client } from "./client.ts";
import type { ClientChannel } from "./client_publish.ts";

/**
 * Why a viewer's commands are over. `silence`: none has come for as long as the rule says. `gone`: the channel is there no
 * more, because the viewer took it back, left, was cut off, reset or replaced, or because the session has ended.
 */
export type SilenceReason = "silence" | "gone";

/**
 * A rule for the viewers' own channels of a topic, for commands that must not come late and must not be held on to when
 * they stop coming. It is no safety system: the rover's own emergency stop must not depend on it.
 */
export interface CommandRule {
  /** The topic of the channels. */
  readonly topic: string;
  /** How old a message may be when it arrives, in ms. An older one is dropped and counted. Needs `sentAt`. */
  readonly maxAgeMs?: number;
  /**
   * When the viewer made the message, in ms since the Unix epoch by the viewer's clock, for example from the message's
   * header; the wire does not say. `undefined`: it is not known.
   */
  readonly sentAt?: (data: Uint8Array, channel: ClientChannel) => number | undefined;
  /**
   * What becomes of messages whose age cannot be told, because the viewer has not pinged yet or `sentAt` gives nothing.
   * Default: `deliver`.
   */
  readonly unknownAge?: "deliver" | "drop";
  /** How long a channel may be silent after a message that was taken, in ms. Needs `onSilence`. */
  readonly silenceMs?: number;
  /** No message has been taken for `silenceMs`, or none will: once after each run of messages. */
  readonly onSilence?: (client: Client, channel: ClientChannel, reason: SilenceReason) => void;
}

/** What has become of the messages of one channel under a rule. */
export interface CommandCounts {
  /** Messages that were dropped because they were too old. */
  readonly expired: number;
  /** Messages that were dropped because their age could not be told. */
  readonly unjudged: number;
}

/** What is wrong with rules, if anything is. */
export function invalidRule(rules: ReadonlyArray<CommandRule>): string | undefined {
  const topics = new Set<string>();
  for (const { topic, maxAgeMs, sentAt, silenceMs, onSilence } of rules) {
    const of = `of the command rule for "${topic}"`;
    if (topics.has(topic)) return `there are two command rules for "${topic}": make them one`;
    topics.add(topic);
    if (maxAgeMs !== undefined && !(maxAgeMs >= 0)) {
      return `"maxAgeMs" ${of} must not be negative: received ${maxAgeMs}`;
    }
    if (maxAgeMs !== undefined && sentAt === undefined) return `"maxAgeMs" ${of} needs "sentAt": the wire has no times`;
    if (silenceMs !== undefined && !(silenceMs > 0 && Number.isFinite(silenceMs * 1e6))) {
      return `"silenceMs" ${of} must be positive and finite: received ${silenceMs}`;
    }
    if ((silenceMs === undefined) !== (onSilence === undefined)) {
      return `"silenceMs" and "onSilence" ${of} need each other`;
    }
  }
  return undefined;
}

/** What the rules need of the session. */
export interface CommandsOptions {
  readonly owner: CapabilityOwner;
  readonly rules: ReadonlyArray<CommandRule>;
  readonly clock: WallClock;
  /** How far a viewer's clock is ahead of the device's. */
  readonly clockOffset: (sid: string) => { readonly offsetMs: number } | undefined;
  /** Runs for as long as the session does. */
  readonly fork: (effect: Effect.Effect<void>) => void;
}

/** The rules of a session. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #byTopic: ReadonlyMap<string, CommandRule>;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#byTopic = new Map(options.rules.map((rule) => [rule.topic, rule]));
  }

  /** Begins to watch a channel that a viewer has advertised; `undefined`: there is no rule for it. */
  watch(sid: string, client: Client, channel: ClientChannel): WatchedChannel | undefined {
    const rule = this.#byTopic.get(channel.topic);
    return rule === undefined ? undefined : new WatchedChannel(sid, client, channel, rule, this.#options);
  }
}

/** One viewer's channel under a rule. */
export class WatchedChannel {
  readonly #sid: string;
  readonly #client: Client;
  readonly #channel: ClientChannel;
  readonly #rule: CommandRule;
  readonly #options: CommandsOptions;
  readonly #changed: Signal = new Signal();
  #expired = 0;
  #unjudged = 0;
  /** When the last message was taken, in ns; `undefined`: the channel is silent, and that has been told. */
  #takenAt: bigint | undefined;
  #isWatching = false;
  #isOver = false;

  constructor(sid: string, client: Client, channel: ClientChannel, rule: CommandRule, options: CommandsOptions) {
    this.#sid = sid;
    this.#client = client;
    this.#channel = channel;
    this.#rule = rule;
    this.#options = options;
  }

  /** What has been dropped. */
  get counts(): CommandCounts {
    return { expired: this.#expired, unjudged: this.#unjudged };
  }

  /** A message has come: whether it is to be taken. */
  take(data: Uint8Array): boolean {
    // The application, which is asked for the time, may have let the viewer go.
    if (!this.#isYoung(data) || this.#isOver) return false;
    const { silenceMs } = this.#rule;
    if (silenceMs === undefined) return true;
    this.#takenAt = this.#options.clock.currentTimeNanosUnsafe();
    if (!this.#isWatching) {
      this.#isWatching = true;
      this.#options.fork(this.#awaitSilence(BigInt(Math.ceil(silenceMs * 1e6))));
    }
    return true;
  }

  /** The channel is there no more; what it gives back tells the application when it had not fallen silent before. */
  end(): () => void {
    const wasActive = this.#takenAt !== undefined;
    this.#isOver = true;
    this.#takenAt = undefined;
    this.#changed.notify();
    return () => {
      if (wasActive) this.#tell("gone");
    };
  }

  #isYoung(data: Uint8Array): boolean {
    const { maxAgeMs, unknownAge = "deliver" } = this.#rule;
    if (maxAgeMs === undefined) return true;
    const age = this.#age(data);
    if (age === undefined) {
      if (unknownAge === "drop") this.#unjudged += 1;
      return unknownAge === "deliver";
    }
    if (age > maxAgeMs) this.#expired += 1;
    return age <= maxAgeMs;
  }

  #age(data: Uint8Array): number | undefined {
    const { owner, clock, clockOffset } = this.#options;
    const offset = clockOffset(this.#sid);
    if (offset === undefined) return undefined;
    try {
      const sentAt = this.#rule.sentAt?.(data, this.#channel);
      return typeof sentAt === "number" && Number.isFinite(sentAt)
        ? clock.currentTimeMillisUnsafe() + offset.offsetMs - sentAt
        : undefined;
    } catch (error) {
      owner.log("debug", "the age of a command cannot be told", { topic: this.#channel.topic, error });
      return undefined;
    }
  }

  /** One fiber a run of messages: it looks again when the last message it knows of would be too long ago. */
  #awaitSilence(silence: bigint): Effect.Effect<void> {
    const over = this.#changed.until(() => this.#isOver);
    return Effect.gen({ self: this }, function* () {
      while (this.#takenAt !== undefined) {
        const now = this.#options.clock.currentTimeNanosUnsafe();
        const since = now - this.#takenAt;
        // A clock that was set back must not hold the silence up for longer than it lasts.
        if (since < 0n) this.#takenAt = now;
        else if (since >= silence) {
          this.#takenAt = undefined;
          this.#isWatching = false;
          return this.#tell("silence");
        }
        const left = since < 0n ? silence : silence - since;
        yield* Effect.raceFirst(Effect.sleep(Math.ceil(Number(left) / 1e6)), over);
      }
      this.#isWatching = false;
    });
  }

  #tell(reason: SilenceReason): void {
    this.#options.owner.notices.tell("onSilence", this.#rule.onSilence, this.#client, this.#channel, reason);
  }
}
