/**
 * Plays a recording on a context, as viewers ask for it.
 */
import * as Clock from "effect/Clock";
import type * as Services from "effect/Context";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import * as Scope from "effect/Scope";
import type { Channel, PlaybackOutput, PlaybackPosition, PlaybackRequest, PlaybackSource } from "../../mod.ts";
import { type SourceError, sourceError } from "../source/errors.ts";
import type { SourceMessage } from "../source/message_source.ts";
import { PlaybackRefused } from "./playback_refused.ts";
import { makeChannel, type PlayerOptions, timedBy } from "./player_options.ts";
import { Playhead } from "./playhead.ts";
import { openRecording, type Recording } from "./recording.ts";
import { Wake } from "./wake.ts";

/** What the playback waits for before it goes on. */
type Pause =
  | { readonly kind: "time"; readonly milliseconds: number }
  | { readonly kind: "room"; readonly channel: Channel }
  | { readonly kind: "turn" };

const MAX_BYTES = 256 * 1024 * 1024;
const MIN_SPEED = 0.001;
const MAX_SPEED = 1_000;
/** Between two messages that say what time it is in the recording, in ms. */
const TICK_MS = 100;
/** After waiting for the disk or a viewer for so long, in ms, the playback's time stands still and is told as buffering. */
const PATIENCE_MS = 1_000;
/** After waiting for a viewer's queue for so long, in ms, it is not waited for any more until it has room again. */
const ROOM_PATIENCE_MS = 5_000;
/** Timers are no more exact than this, in ms, and cannot be longer than that. */
const SHORTEST_WAIT_MS = 1;
const LONGEST_WAIT_MS = 1_000_000_000;
/** Messages that are logged before others get their turn. */
const TURN = 64;

/**
 * Plays an MCAP file on channels of a context: give it to a gateway as `playback`, and viewers play, pause, seek and set
 * the speed, all of them together. Messages keep their log times; when they are logged follows from these, the speed
 * (0.001 to 1000) and the clock. While it plays, viewers are told the recording's time ten times a second.
 *
 * After a seek, each channel that somebody is subscribed to gets its latest message at or before that time, and then, when
 * it plays, what comes after it. A seek beyond either end goes to that end. At the end it is `ended`, until somebody seeks.
 * A viewer that subscribes while it is paused has nothing to see before the next seek: call {@linkcode Player.refresh} in
 * `onSubscribe` to have the latest messages logged again.
 *
 * A reliable viewer that is slow is waited for: for more than 1 s the playback is `buffering`, and its time stands still;
 * after 5 s that viewer is left to its queue, whose bound then resets it. The same where the disk is slow. A file that
 * turns out to be damaged pauses the playback, with an error in the log. The file is read by its index, chunk by chunk.
 *
 * @example
 * ```ts
 * import { Context, Gateway } from "@fieldlink/fieldlink";
 * import { Player } from "@fieldlink/fieldlink/files";
 * import type { Transport } from "@fieldlink/fieldlink/transport";
 *
 * async function serve(transport: Transport, file: string) {
 *   const context = new Context();
 *   await using player = await Player.open(file, { context });
 *   await using gateway = await Gateway.start({
 *     name: "recording",
 *     context,
 *     transport,
 *     playback: player,
 *     onSubscribe: () => player.refresh(),
 *   });
 *   await gateway.ended();
 * }
 * console.log(serve);
 * ```
 */
export class Player implements PlaybackSource, AsyncDisposable {
  /** The log time of the first message, in ns. */
  readonly startTime: bigint;
  /** The log time of the last message, in ns. */
  readonly endTime: bigint;
  /** The recording's channels on the context. Those without a message encoding are left out. */
  readonly channels: ReadonlyArray<Channel>;
  readonly #recording: Recording;
  readonly #clock: Clock.Clock;
  readonly #services: Services.Context<never>;
  readonly #bySource: ReadonlyMap<number, Channel>;
  readonly #head: Playhead;
  readonly #outputs = new Set<PlaybackOutput>();
  readonly #wake: Wake = new Wake();
  readonly #crowded = new Set<Channel>();
  #messages: AsyncIterator<SourceMessage> | undefined;
  #due: SourceMessage | undefined;
  /** What comes after it has not been logged. */
  #reached: bigint;
  #isJumping = false;
  #isRefreshing = false;
  /** The clock's time in ms since when the disk or a viewer is waited for. */
  #waitingSince: number | undefined;
  #fibers: ReadonlyArray<Fiber.Fiber<never>> = [];
  #closing: Promise<void> | undefined;

  /** Made by {@linkcode Player.open}. */
  constructor(
    recording: Recording,
    options: PlayerOptions,
    clock: Clock.Clock,
    services: Services.Context<never>,
  ) {
    this.startTime = recording.startTime;
    this.endTime = recording.endTime;
    this.#recording = recording;
    this.#clock = clock;
    this.#services = services;
    this.#head = new Playhead(recording.startTime, recording.endTime, () => clock.currentTimeNanosUnsafe());
    this.#reached = recording.startTime - 1n;
    const made = recording.channels.flatMap((source) => {
      const channel = makeChannel(source, options);
      return channel === undefined ? [] : [[source.id, channel] as const];
    });
    this.#bySource = new Map(made);
    this.channels = made.map(([, channel]) => channel);
    if (options.autoplay === true) this.#head.become("playing");
  }

  /**
   * Opens an MCAP file; the player is closed with the scope. Fails with a {@linkcode SourceError} when the file is missing,
   * no MCAP file, without messages, or without an index that covers it, or when reading it would take more memory than
   * `maxBytes`.
   */
  static openEffect(file: string, options: PlayerOptions): Effect.Effect<Player, SourceError, Scope.Scope> {
    const open = Effect.tryPromise({
      try: () => openRecording(file, options.maxBytes ?? MAX_BYTES),
      catch: (error) => sourceError(file, error),
    });
    return Player.playEffect(open, options);
  }

  /** As {@linkcode Player.openEffect}, as a promise; close the player when it is not needed any more. */
  static open(file: string, options: PlayerOptions): Promise<Player> {
    const alone = Effect.flatMap(Scope.make(), (scope) => Scope.provide(Player.openEffect(file, options), scope));
    return Effect.runPromise(alone);
  }

  /** As {@linkcode Player.openEffect}, of a recording that is opened otherwise. For tests. */
  static playEffect<E>(
    open: Effect.Effect<Recording, E>,
    options: PlayerOptions,
  ): Effect.Effect<Player, E, Scope.Scope> {
    const start = Effect.gen(function* () {
      const recording = yield* open;
      const clock = yield* Clock.clockWith(Effect.succeed);
      const player = new Player(recording, options, clock, yield* Effect.context<never>());
      const fork = Effect.runForkWith(player.#services);
      player.#fibers = [fork(player.#play), fork(player.#tick)];
      return player;
    });
    return Effect.acquireRelease(timedBy(start, options.clock), (player) => player.closeEffect);
  }

  /** Where it stands now. */
  readonly current = (): PlaybackPosition => this.#head.position(false);

  /**
   * For the gateway: does what a viewer asks for.
   *
   * @throws {PlaybackRefused} when the speed is not from 0.001 to 1000, the command is none, or the player is closed.
   */
  readonly control = (request: Omit<PlaybackRequest, "requestId">): PlaybackPosition => {
    const { command, playbackSpeed: speed, seekTime } = request;
    if (this.#closing !== undefined) throw new PlaybackRefused({ detail: "the player has been closed" });
    if (!(speed >= MIN_SPEED && speed <= MAX_SPEED)) {
      throw new PlaybackRefused({ detail: `the speed must be from ${MIN_SPEED} to ${MAX_SPEED}: received ${speed}` });
    }
    if (command !== "play" && command !== "pause") {
      throw new PlaybackRefused({ detail: `the command must be "play" or "pause": received ${String(command)}` });
    }
    if (seekTime !== undefined) this.#jump(seekTime);
    const isOver = seekTime === undefined ? this.#head.status === "ended" : this.#head.time >= this.endTime;
    const status = command === "play" ? (isOver ? "ended" : "playing") : "paused";
    this.#head.become(seekTime === undefined && isOver ? "ended" : status, speed);
    this.#waitingSince = undefined;
    this.#wake.notify();
    return this.#head.position(seekTime !== undefined);
  };

  /** For the gateway: tells its viewers from now on. The result stops that. */
  readonly attach = (output: PlaybackOutput): () => void => {
    this.#outputs.add(output);
    return () => void this.#outputs.delete(output);
  };

  /** Goes on playing; at the end it stays there. */
  play(): void {
    this.#command({ command: "play", playbackSpeed: this.#head.speed });
  }

  /** Stands still. */
  pause(): void {
    this.#command({ command: "pause", playbackSpeed: this.#head.speed });
  }

  /** Jumps to a time in ns, playing or not as before; at the end it goes on when it has played to there. */
  seek(time: bigint): void {
    const command = this.#head.status === "paused" ? "pause" : "play";
    this.#command({ command, playbackSpeed: this.#head.speed, seekTime: time });
  }

  /**
   * Goes faster or slower, as a multiple of real time.
   *
   * @throws {PlaybackRefused} when the speed is not from 0.001 to 1000.
   */
  setSpeed(speed: number): void {
    this.#command({ command: this.#head.status === "paused" ? "pause" : "play", playbackSpeed: speed });
  }

  /** Logs the latest message of each channel with a subscriber again. Calls in one go are one. */
  refresh(): void {
    this.#isRefreshing = true;
    this.#wake.notify();
  }

  /** Stops, closes the channels, and lets go of the file. Closing it again does nothing more. */
  readonly closeEffect: Effect.Effect<void> = Effect.promise(() => this.#closing ??= this.#close());

  /** As {@linkcode Player.closeEffect}, as a promise. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** As {@linkcode Player.close}, for `await using`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    for (const fiber of this.#fibers) fiber.interruptUnsafe();
    for (const channel of this.channels) channel.close();
    this.#outputs.clear();
    // A read that hangs must not hold this up.
    this.#messages?.return?.().catch(() => undefined);
    await this.#recording.close();
  }

  #command(request: Omit<PlaybackRequest, "requestId">): void {
    const position = this.control(request);
    for (const output of [...this.#outputs]) output.state(position);
  }

  #jump(to: bigint): void {
    this.#head.jump(to);
    this.#reached = this.#head.time;
    this.#isJumping = true;
  }

  #tellState(): void {
    for (const output of [...this.#outputs]) output.state(this.#head.position(false));
  }

  /** Plays for ever. */
  get #play(): Effect.Effect<never> {
    const read = <A>(run: () => Promise<A>): Effect.Effect<A, SourceError> =>
      Effect.tryPromise({ try: run, catch: (error) => sourceError(this.#recording.name, error) });
    const step = Effect.suspend(() => {
      const moves = this.#wake.count;
      if (this.#isJumping || this.#isRefreshing) return Effect.asVoid(read(() => this.#showLatest()));
      if (!this.#isRunning) return this.#wake.until(() => this.#wake.count !== moves);
      return Effect.flatMap(read(() => this.#advance()), (pause) => this.#rest(pause, moves));
    });
    const failed = (error: SourceError): Effect.Effect<void> =>
      Effect.suspend(() => {
        this.#waitingSince = undefined;
        this.#isRefreshing = false;
        // The next time somebody plays it is read anew from here.
        this.#messages = undefined;
        this.#due = undefined;
        this.#isJumping = false;
        this.#head.become("paused");
        this.#tellState();
        return Effect.logError(`the playback is paused: ${error.message}`);
      });
    return Effect.forever(Effect.catch(step, failed));
  }

  get #isRunning(): boolean {
    return this.#head.status === "playing" || this.#head.status === "buffering";
  }

  #rest(pause: Pause, moves: number): Effect.Effect<void> {
    if (pause.kind === "turn") return Effect.yieldNow;
    const moved = this.#wake.until(() => this.#wake.count !== moves);
    if (pause.kind === "time") {
      return Effect.raceFirst(moved, Effect.sleep(Math.min(pause.milliseconds, LONGEST_WAIT_MS)));
    }
    this.#waitingSince ??= this.#clock.currentTimeMillisUnsafe();
    const patience = Effect.andThen(
      Effect.sleep(ROOM_PATIENCE_MS),
      Effect.sync(() => void this.#crowded.add(pause.channel)),
    );
    return Effect.raceFirst(moved, Effect.raceFirst(pause.channel.readyEffect, patience));
  }

  /** Logs what is due, and tells what to wait for then. */
  async #advance(): Promise<Pause> {
    for (let count = 0; count < TURN; count += 1) {
      const message = this.#due ?? await this.#next();
      if (this.#isJumping || !this.#isRunning || this.#closing !== undefined) return { kind: "turn" };
      this.#arrived();
      const milliseconds = this.#head.millisecondsTo(message?.logTime ?? this.endTime);
      if (milliseconds >= SHORTEST_WAIT_MS) return { kind: "time", milliseconds };
      if (message === undefined) {
        this.#head.jump(this.endTime);
        this.#head.become("ended");
        this.#tellState();
        return { kind: "turn" };
      }
      // Faster than the disk or the viewers: the time must not run away from what is shown.
      if (milliseconds < -PATIENCE_MS) this.#head.jump(message.logTime);
      const channel = this.#bySource.get(message.channelId);
      if (channel !== undefined) {
        if (channel.hasRoom) this.#crowded.delete(channel);
        else if (!this.#crowded.has(channel)) return { kind: "room", channel };
        channel.log(message.data, { logTime: message.logTime });
      }
      this.#reached = message.logTime;
      this.#due = undefined;
      this.#waitingSince = undefined;
    }
    return { kind: "turn" };
  }

  /** The next message, which is kept until it has been logged; `undefined` at the end. */
  async #next(): Promise<SourceMessage | undefined> {
    this.#messages ??= this.#recording.messages(this.#reached + 1n)[Symbol.asyncIterator]();
    this.#waitingSince ??= this.#clock.currentTimeMillisUnsafe();
    const { value, done } = await this.#messages.next();
    this.#waitingSince = undefined;
    if (done !== true) this.#due = value;
    return done === true ? undefined : value;
  }

  /** What was waited for is there. */
  #arrived(): void {
    if (this.#head.status !== "buffering") return;
    const channel = this.#due === undefined ? undefined : this.#bySource.get(this.#due.channelId);
    if (channel !== undefined && !channel.hasRoom && !this.#crowded.has(channel)) return;
    this.#head.become("playing");
    this.#tellState();
  }

  /** Shows what is seen at the present time, after a jump or when it is asked for. */
  async #showLatest(): Promise<void> {
    if (this.#isJumping) {
      const messages = this.#messages;
      this.#isJumping = false;
      this.#messages = undefined;
      this.#due = undefined;
      await messages?.return?.();
    }
    this.#isRefreshing = false;
    const at = this.#reached < this.startTime ? this.startTime : this.#reached;
    const wanted = [...this.#bySource].filter(([, channel]) => channel.hasSubscribers).map(([id]) => id);
    if (wanted.length === 0) return;
    this.#waitingSince ??= this.#clock.currentTimeMillisUnsafe();
    const latest = await this.#recording.latest(at, new Set(wanted));
    this.#waitingSince = undefined;
    // A later jump shows what is seen from there.
    if (this.#isJumping || this.#closing !== undefined) return;
    for (const { channelId, data, logTime } of latest) this.#bySource.get(channelId)?.log(data, { logTime });
  }

  /** Tells the time while it plays, and that it stands still while something is waited for. */
  get #tick(): Effect.Effect<never> {
    const tick = Effect.sync(() => {
      const since = this.#waitingSince;
      if (this.#head.status !== "playing") return;
      if (since !== undefined && this.#clock.currentTimeMillisUnsafe() - since >= PATIENCE_MS) {
        // What has not been shown has not been played.
        this.#head.jump(this.#due?.logTime ?? this.#reached);
        this.#head.become("buffering");
        return this.#tellState();
      }
      for (const output of [...this.#outputs]) output.time(this.#head.time);
    });
    const playing = this.#wake.until(() => this.#isRunning);
    return Effect.forever(Effect.andThen(Effect.andThen(playing, Effect.sleep(TICK_MS)), tick));
  }
}
