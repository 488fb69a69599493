/**
 * Logs a source's messages on a device's channels, in the timing of the source.
 */
import * as Clock from "effect/Clock";
import * as Duration from "effect/Duration";
import * as Effect from "effect/Effect";
import { SourceError, sourceError } from "../../files/source/errors.ts";
import type { MessageSource, SourceMessage } from "../../files/source/message_source.ts";
import type { Speed } from "./source_options.ts";

/** What a message is logged on; a channel of the library is one. */
export interface ReplayChannel {
  readonly hasRoom: boolean;
  readonly readyEffect: Effect.Effect<void>;
  readonly log: (data: Uint8Array, options: { readonly logTime: bigint }) => void;
}

/** What is replayed, where to, and how. */
export interface ReplayPlan {
  readonly source: MessageSource;
  /** By the source's channel ids; messages of other channels are passed over. */
  readonly channels: ReadonlyMap<number, ReplayChannel>;
  readonly speed: Speed;
  readonly loop: boolean;
  /** Nanoseconds of the source's time to stop after; none: at its end. */
  readonly duration?: bigint | undefined;
  /** Called right before each message is logged, with its log time as it will be, and its size. */
  readonly onLog?: (channelId: number, logTime: bigint, bytes: number) => void;
}

/** What the replay waits for before it goes on. */
type Pause =
  | { readonly kind: "time"; readonly milliseconds: number }
  | { readonly kind: "room"; readonly channel: ReplayChannel }
  | { readonly kind: "turn" }
  | { readonly kind: "end" };

interface Due {
  readonly message: SourceMessage;
  readonly channel: ReplayChannel;
  /** The message's log time as it will be: later rounds of a loop follow the earlier ones. */
  readonly logTime: bigint;
}

/** Between the end of a recording and its beginning again, in ns of its own time. */
const LOOP_GAP = 100_000_000n;
/** The latest log time that there is: it goes over the wire, and into a recording, as 64 bits. */
const LATEST = 2n ** 64n - 1n;
/** Waiting for less than this, in ms, is not worth it: timers are no more exact. */
const SHORTEST_WAIT = 1;
/** Messages that are logged or passed over before others get their turn. */
const TURN = 64;

/**
 * Replays until the source ends, or for ever when it is to be looped: each round's log times then follow those of the
 * one before. Waits for room on a channel before logging on it, so that no reliable viewer is overrun.
 */
export const replay: (plan: ReplayPlan) => Effect.Effect<void, SourceError> = Effect.fnUntraced(function* (
  plan: ReplayPlan,
) {
  const player = new Player(plan, yield* Clock.clockWith(Effect.succeed));
  const advance = Effect.tryPromise({
    try: () => player.advance(),
    catch: (error) => sourceError(plan.source.name, error),
  });
  yield* Effect.addFinalizer(() => Effect.promise(() => player.stop()));
  for (;;) {
    const pause = yield* advance;
    if (pause.kind === "end") return;
    if (pause.kind === "time") yield* Effect.sleep(Duration.millis(pause.milliseconds));
    else if (pause.kind === "room") yield* pause.channel.readyEffect;
    else yield* Effect.yieldNow;
  }
}, Effect.scoped);

/** Plain code between the waits: a recording may have millions of messages. */
class Player {
  readonly #plan: ReplayPlan;
  readonly #clock: Clock.Clock;
  #messages: AsyncIterator<SourceMessage> | undefined;
  #due: Due | undefined;
  #begin: { readonly logTime: bigint; readonly at: number } | undefined;
  #last: bigint | undefined;
  #shift = 0n;
  #isRoundEmpty = true;
  #isStopped = false;

  constructor(plan: ReplayPlan, clock: Clock.Clock) {
    this.#plan = plan;
    this.#clock = clock;
  }

  /** Logs what is due, and tells what to wait for then. */
  async advance(): Promise<Pause> {
    for (let step = 0; step < TURN; step += 1) {
      const due = this.#due ?? await this.#next();
      if (due === "end" || this.#isStopped) return { kind: "end" };
      if (due === "passed-over") continue;
      this.#due = due;
      const milliseconds = this.#wait(due.logTime);
      if (milliseconds >= SHORTEST_WAIT) return { kind: "time", milliseconds };
      if (!due.channel.hasRoom) return { kind: "room", channel: due.channel };
      this.#plan.onLog?.(due.message.channelId, due.logTime, due.message.data.byteLength);
      due.channel.log(due.message.data, { logTime: due.logTime });
      this.#due = undefined;
    }
    return { kind: "turn" };
  }

  /** Lets go of the source. Nothing is logged any more, not even by an {@linkcode Player.advance} that is under way. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#messages?.return?.();
  }

  async #next(): Promise<Due | "passed-over" | "end"> {
    this.#messages ??= this.#plan.source.messages()[Symbol.asyncIterator]();
    const { value: message, done } = await this.#messages.next();
    if (done === true) return this.#nextRound();
    const channel = this.#plan.channels.get(message.channelId);
    return channel === undefined ? "passed-over" : this.#schedule(message, channel);
  }

  #nextRound(): "passed-over" | "end" {
    this.#messages = undefined;
    // A round without messages would be followed by nothing but others like it.
    if (!this.#plan.loop || this.#isRoundEmpty) return "end";
    this.#isRoundEmpty = true;
    return "passed-over";
  }

  #schedule(message: SourceMessage, channel: ReplayChannel): Due | "end" {
    if (this.#isRoundEmpty && this.#last !== undefined) this.#shift = this.#last + LOOP_GAP - message.logTime;
    this.#isRoundEmpty = false;
    const logTime = message.logTime + this.#shift;
    if (logTime > LATEST) throw tooLate(this.#plan.source.name);
    this.#last = logTime;
    this.#begin ??= { logTime, at: this.#clock.currentTimeMillisUnsafe() };
    const { duration } = this.#plan;
    return duration !== undefined && logTime - this.#begin.logTime >= duration ? "end" : { message, channel, logTime };
  }

  #wait(logTime: bigint): number {
    const { speed } = this.#plan;
    if (speed === "max" || this.#begin === undefined) return 0;
    const due = this.#begin.at + Number(logTime - this.#begin.logTime) / 1e6 / speed;
    return due - this.#clock.currentTimeMillisUnsafe();
  }
}

function tooLate(file: string): SourceError {
  const detail = "it cannot be looped any further: log times would be past 2^64 - 1 ns";
  return new SourceError({ file, reason: "unsupported", detail });
}
