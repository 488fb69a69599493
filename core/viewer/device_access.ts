/**
 * A viewer's way to whatever device there is now, for what outlives one: requests, watches, channels of the viewer's own.
 */
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type { WallClock } from "../clock.ts";
import type { ViewerLimits } from "../limits.ts";
import type { Log } from "../log.ts";
import type { Capability, ClientMessage, ServerMessage } from "../protocol/mod.ts";
import { Signal } from "../signal.ts";
import { Throttle } from "../throttle.ts";
import { ViewerLedger } from "../metering/viewer_ledger.ts";
import { MAX_CHANNELS } from "./device_channels.ts";
import type { DeviceLink } from "./device_link.ts";
import type { ConnectionEnd } from "./request_errors.ts";
import type { ViewerOptions } from "./viewer_options.ts";

const LOG_INTERVAL_MS = 30_000;

/** A part of a viewer that follows the sessions of its device. All of it is synchronous, and must not throw. */
export interface SessionPart {
  /** The messages that it takes. */
  readonly takes: ReadonlyArray<ServerMessage["op"]>;
  /** One of these messages. */
  readonly handle: (message: ServerMessage) => void;
  /** A device has said who it is: nothing that was known before holds. */
  readonly met?: () => void;
  /** A stream to the device is open; these messages come first on it. `isFirst`: the session has had none before. */
  readonly greeting?: (isFirst: boolean) => ReadonlyArray<ClientMessage>;
  /** The stream to the device takes messages now, behind the greeting. */
  readonly opened?: () => void;
  /** The stream to the device has failed; the session goes on, and another one will be opened. */
  readonly streamFailed?: () => void;
  /**
   * The device's session is over; `closed`: the viewer has been closed, and there will be no other. What is given back is
   * called when all parts have heard of it: it tells the application.
   */
  readonly lost?: (reason: ConnectionEnd) => (() => void) | undefined;
}

/** What an access needs of its viewer. */
export interface DeviceAccessOptions {
  readonly options: ViewerOptions;
  readonly limits: ViewerLimits;
  readonly log: Log;
  readonly services: Context.Context<never>;
  readonly clock: WallClock;
  /** Tells this viewer's requests from those of others where answers go to all. */
  readonly id: string;
}

/** The device that a viewer listens to, if there is one, and the parts of the viewer that follow it. */
export class DeviceAccess {
  readonly options: ViewerOptions;
  readonly limits: ViewerLimits;
  readonly log: Log;
  readonly clock: WallClock;
  /** Random text that is this viewer's own. */
  readonly id: string;
  /**
   * Where the numbers of its requests and channels begin, below 2^31. What an earlier instance of the identity has sent
   * may reach the device after this one is there, and counts for this one then: its numbers must not be this one's.
   */
  readonly firstNumber: number;
  /** What has come, and what is missing; it goes on over sessions. */
  readonly ledger: ViewerLedger = new ViewerLedger(MAX_CHANNELS);
  /** The device, its stream, or what it offers has changed, or the viewer is closed. */
  readonly changed: Signal = new Signal();
  readonly #services: Context.Context<never>;
  readonly #parts: Array<SessionPart> = [];
  readonly #handlers = new Map<string, SessionPart>();
  readonly #throttles = new Map<string, Throttle>();
  #link: DeviceLink | undefined;
  #closed = false;

  constructor({ options, limits, log, services, clock, id }: DeviceAccessOptions) {
    this.options = options;
    this.limits = limits;
    this.log = log;
    this.id = id;
    this.firstNumber = Number.parseInt(id.slice(0, 8), 16) >>> 1;
    this.#services = services;
    this.clock = clock;
  }

  /** The session with the device. */
  get link(): DeviceLink | undefined {
    return this.#link;
  }

  /** Whether the viewer is closed. */
  get isClosed(): boolean {
    return this.#closed;
  }

  /** Whether the device can do that; `false` also while there is none. */
  can(capability: Capability): boolean {
    return this.#link?.serverInfo.capabilities.includes(capability) === true;
  }

  /** Adds a part; those added first are told first. */
  add(part: SessionPart): void {
    this.#parts.push(part);
    for (const op of part.takes) this.#handlers.set(op, part);
  }

  /** For the view: a device has said who it is. */
  met(link: DeviceLink): void {
    if (this.#closed) return;
    this.#link = link;
    for (const part of this.#parts) part.met?.();
    this.changed.notify();
  }

  /** For the view: the session with the device is over. */
  lost(reason: ConnectionEnd): void {
    if (this.#link !== undefined) this.#lose(reason);
  }

  /** For the view: whether a message was taken. */
  handle(message: ServerMessage): boolean {
    const part = this.#handlers.get(message.op);
    part?.handle(message);
    return part !== undefined;
  }

  /** For the link: what is to come first on the stream that is now open. */
  greeting(isFirst: boolean): ReadonlyArray<ClientMessage> {
    return this.#parts.flatMap((part) => part.greeting?.(isFirst) ?? []);
  }

  /** For the link: its stream takes what it is sent. */
  streamOpened(): void {
    for (const part of this.#parts) part.opened?.();
    this.changed.notify();
  }

  /** For the link: its stream has failed. */
  streamFailed(link: DeviceLink): void {
    if (this.#link !== link) return;
    for (const part of this.#parts) part.streamFailed?.();
    this.changed.notify();
  }

  /** For the viewer: nothing more is asked for, and nothing will come. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#lose("closed");
  }

  #lose(reason: ConnectionEnd): void {
    this.#link = undefined;
    const tell = this.#parts.map((part) => part.lost?.(reason));
    this.changed.notify();
    for (const tellOne of tell) tellOne?.();
  }

  /** Says a thing that a device could make happen any number of times once per 30 s, and how often it has been. */
  logOften(
    level: "debug" | "warning" | "error",
    message: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    let throttle = this.#throttles.get(message);
    if (throttle === undefined) this.#throttles.set(message, throttle = new Throttle(LOG_INTERVAL_MS, this.clock));
    const times = throttle.pass();
    if (times > 0) this.log(level, message, { device: this.#link?.device, times, ...fields });
  }

  /** Runs an effect beside everything else. It is to end by itself once the viewer is closed. */
  fork(effect: Effect.Effect<void>): void {
    Effect.runForkWith(this.#services)(effect);
  }

  /** Runs an effect as a promise; aborting the signal interrupts it, and rejects with the signal's reason. */
  run<A, E>(effect: Effect.Effect<A, E>, signal?: AbortSignal): Promise<A> {
    if (signal === undefined) return Effect.runPromiseWith(this.#services)(effect);
    if (signal.aborted) return Promise.reject(signal.reason);
    return Effect.runPromiseExitWith(this.#services)(effect, { signal }).then((exit) => {
      if (Exit.hasInterrupts(exit)) signal.throwIfAborted();
      return Effect.runPromise(exit);
    });
  }
}
