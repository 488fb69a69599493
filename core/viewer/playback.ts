/**
 * A device's playback of a recording, as a viewer sees and controls it (capability `playbackControl`).
 */
import * as Effect from "effect/Effect";
import {
  nanosOf,
  type PlaybackControlRequest,
  type PlaybackState,
  type ServerInfo,
  type ServerMessage,
} from "../protocol/mod.ts";
import { isU64 } from "../protocol/u64.ts";
import type { PlaybackPosition } from "../session/playback.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";
import { type ConnectionEnd, InvalidRequest, type RequestError } from "./request_errors.ts";
import { type AbortableRequestOptions, type RequestOptions, Requests } from "./requests.ts";
import { Watch } from "./watch.ts";

const CAPABILITY = "playbackControl";
const MAX_F32 = 3.4028234663852886e38;

/** Where a playback stands, as a viewer knows it. */
export interface PlaybackView {
  /** The state that was told last; absent: none has been. */
  readonly state?: PlaybackPosition;
  /** What time it is at the device, in ns since the Unix epoch, as it was told last; absent: it has not been. */
  readonly time?: bigint;
}

/** What a playback is to do from now on; what is left out stays as it is. */
export interface PlaybackCommand {
  /** Whether it is to play. */
  readonly command?: "play" | "pause";
  /** How fast, as a multiple of real time. */
  readonly speed?: number;
  /** Where it is to jump to, in ns since the Unix epoch. */
  readonly seekTime?: bigint;
}

/** How a playback is started. */
export interface PlayOptions extends AbortableRequestOptions {
  /** How fast, as a multiple of real time. Default: as it is. */
  readonly speed?: number;
}

type Wish = Pick<PlaybackControlRequest, "command" | "playbackSpeed">;

/**
 * The playback of the device: where it stands, and how to control it. Got by {@linkcode Viewer.playback}. Each request
 * ends with the state that answers it, or fails: see {@linkcode RequestError}.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function fromTheStart(viewer: Viewer) {
 *   const { playback } = viewer;
 *   if (playback.dataStartTime !== undefined) await playback.seek(playback.dataStartTime);
 *   const state = await playback.play({ speed: 2 });
 *   console.log(state.status, state.currentTime);
 * }
 * console.log(fromTheStart);
 * ```
 */
export class Playback {
  readonly #access: DeviceAccess;
  readonly #part: PlaybackPart;

  /** Made by the viewer. */
  constructor(access: DeviceAccess, part: PlaybackPart) {
    this.#access = access;
    this.#part = part;
  }

  /** Where the playback stands, as it was told last; absent: it has not been told since the device was met. */
  get state(): PlaybackPosition | undefined {
    return this.#part.view.state;
  }

  /** What time it is at the device, in ns since the Unix epoch, as it was told last (capability `time`). */
  get time(): bigint | undefined {
    return this.#part.view.time;
  }

  /** When the recording begins, in ns since the Unix epoch; absent: the device plays none. */
  get dataStartTime(): bigint | undefined {
    return boundOf(this.#access.link?.serverInfo, "dataStartTime");
  }

  /** When the recording ends, likewise. */
  get dataEndTime(): bigint | undefined {
    return boundOf(this.#access.link?.serverInfo, "dataEndTime");
  }

  /** Follows state and time until the watch is closed. */
  watch(): Watch<PlaybackView> {
    return this.#part.watch();
  }

  /** Calls back for each change of state or time, until the watch that it gives back is closed. */
  onChange(listener: (view: PlaybackView) => void): Watch<PlaybackView> {
    return this.watch().onChange(listener);
  }

  /** Plays on from where it stands. */
  play({ speed, ...options }: PlayOptions = {}): Promise<PlaybackPosition> {
    return this.control(speed === undefined ? { command: "play" } : { command: "play", speed }, options);
  }

  /** Stands still. */
  pause(options?: AbortableRequestOptions): Promise<PlaybackPosition> {
    return this.control({ command: "pause" }, options);
  }

  /** Jumps to a time, in ns since the Unix epoch, and plays or stands still there as before. */
  seek(seekTime: bigint, options?: AbortableRequestOptions): Promise<PlaybackPosition> {
    return this.control({ seekTime }, options);
  }

  /** Goes faster or slower, as a multiple of real time. */
  setSpeed(speed: number, options?: AbortableRequestOptions): Promise<PlaybackPosition> {
    return this.control({ speed }, options);
  }

  /** All of it in one request. */
  control(command: PlaybackCommand, options: AbortableRequestOptions = {}): Promise<PlaybackPosition> {
    return this.#access.run(this.controlEffect(command, options), options.signal);
  }

  /** As {@linkcode Playback.play}, as an effect. */
  playEffect({ speed, ...options }: Omit<PlayOptions, "signal"> = {}): Effect.Effect<PlaybackPosition, RequestError> {
    return this.controlEffect(speed === undefined ? { command: "play" } : { command: "play", speed }, options);
  }

  /** As {@linkcode Playback.pause}, as an effect. */
  pauseEffect(options?: RequestOptions): Effect.Effect<PlaybackPosition, RequestError> {
    return this.controlEffect({ command: "pause" }, options);
  }

  /** As {@linkcode Playback.seek}, as an effect. */
  seekEffect(seekTime: bigint, options?: RequestOptions): Effect.Effect<PlaybackPosition, RequestError> {
    return this.controlEffect({ seekTime }, options);
  }

  /** As {@linkcode Playback.setSpeed}, as an effect. */
  setSpeedEffect(speed: number, options?: RequestOptions): Effect.Effect<PlaybackPosition, RequestError> {
    return this.controlEffect({ speed }, options);
  }

  /** As {@linkcode Playback.control}, as an effect. */
  controlEffect(
    command: PlaybackCommand,
    options: RequestOptions = {},
  ): Effect.Effect<PlaybackPosition, RequestError> {
    return this.#part.control(command, options);
  }
}

/** The requests that wait for the state that answers them, and what was told last. */
export class PlaybackPart implements SessionPart {
  readonly takes = ["playbackState", "time"] as const;
  readonly #access: DeviceAccess;
  readonly #requests: Requests<PlaybackPosition>;
  readonly #watches = new Set<Watch<PlaybackView>>();
  #view: PlaybackView = {};
  /** What was asked for last and has not been answered: the next request goes on from there. */
  #wish: (Wish & { readonly requestId: string }) | undefined;

  constructor(access: DeviceAccess, complaints: () => () => ReadonlyArray<string>) {
    this.#access = access;
    this.#requests = new Requests({ access, capability: CAPABILITY, complaints });
  }

  /** What was told last. */
  get view(): PlaybackView {
    return this.#view;
  }

  /** How many requests have not ended. */
  get pending(): number {
    return this.#requests.size;
  }

  /** Makes a watch. */
  watch(): Watch<PlaybackView> {
    const watch: Watch<PlaybackView> = new Watch({
      log: this.#access.log,
      closed: () => void this.#watches.delete(watch),
    });
    if (this.#access.isClosed) watch.close();
    else this.#watches.add(watch);
    return watch;
  }

  /** Asks for another state, once there is a device. */
  control(
    { command, speed, seekTime }: PlaybackCommand,
    { timeoutMs }: RequestOptions,
  ): Effect.Effect<PlaybackPosition, RequestError> {
    const what = "the playback request";
    const detail = invalidCommand(command) ?? invalidSpeed(speed) ?? invalidTime(seekTime);
    if (detail !== undefined) return Effect.fail(new InvalidRequest({ what, detail }));
    let requestId = "";
    const answered = this.#requests.ask({
      what,
      timeoutMs,
      next: (_link, id) => {
        const before = this.#before();
        const wish = { command: command ?? before.command, playbackSpeed: speed ?? before.playbackSpeed };
        requestId = `${this.#access.id}-${id}`;
        this.#wish = { ...wish, requestId };
        const request = { op: "playbackControlRequest", ...wish, requestId } as const;
        return { send: seekTime === undefined ? request : { ...request, seekTime } };
      },
    });
    return Effect.ensuring(answered, Effect.sync(() => this.#granted(requestId)));
  }

  /** What was asked for under the id is so now, or will not be. */
  #granted(requestId: string | undefined): void {
    if (requestId === this.#wish?.requestId) this.#wish = undefined;
  }

  /** What holds when nothing else is asked for. */
  #before(): Wish {
    if (this.#wish !== undefined) return this.#wish;
    const { state } = this.#view;
    const isPlaying = state?.status === "playing" || state?.status === "buffering";
    const speed = state?.playbackSpeed ?? 1;
    return { command: isPlaying ? "play" : "pause", playbackSpeed: invalidSpeed(speed) === undefined ? speed : 1 };
  }

  readonly met = (): void => {
    this.#wish = undefined;
    this.#view = {};
  };

  readonly handle = (message: ServerMessage): void => {
    if (message.op === "time") this.#tell({ ...this.#view, time: message.timestamp });
    else if (message.op === "playbackState") this.#stateTold(message);
  };

  readonly streamFailed = (): void => {
    this.#wish = undefined;
    this.#requests.lost("stream-failed");
  };

  readonly lost = (reason: ConnectionEnd): undefined => {
    this.#wish = undefined;
    this.#requests.lost(reason);
    if (reason === "closed") { for (const watch of [...this.#watches]) watch.close(); }
  };

  /** A state is told to all viewers, whoever has asked for it. */
  #stateTold({ status, currentTime, playbackSpeed, didSeek, requestId }: PlaybackState): void {
    const state = { status, currentTime, playbackSpeed, didSeek };
    this.#granted(requestId);
    const prefix = `${this.#access.id}-`;
    if (requestId?.startsWith(prefix) === true) this.#requests.answer(Number(requestId.slice(prefix.length)), state);
    this.#tell({ ...this.#view, state });
  }

  #tell(view: PlaybackView): void {
    this.#view = view;
    for (const watch of [...this.#watches]) watch.deliver(CAPABILITY, view);
  }
}

function boundOf(info: ServerInfo | undefined, bound: "dataStartTime" | "dataEndTime"): bigint | undefined {
  const time = info?.[bound];
  return time === undefined ? undefined : nanosOf(time);
}

function invalidCommand(command: string | undefined): string | undefined {
  if (command === undefined || command === "play" || command === "pause") return undefined;
  return `"command" must be "play" or "pause": received ${JSON.stringify(command)}`;
}

function invalidSpeed(speed: number | undefined): string | undefined {
  if (speed === undefined || (speed > 0 && speed <= MAX_F32)) return undefined;
  return `"speed" must be a number above 0, as a multiple of real time: received ${speed}`;
}

function invalidTime(time: bigint | undefined): string | undefined {
  if (time === undefined || isU64(time)) return undefined;
  return `"seekTime" must be a bigint of nanoseconds since the Unix epoch: received ${time}`;
}
