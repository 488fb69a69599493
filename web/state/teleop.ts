/**
 * Driving a device: commands go out at a steady rate for as long as somebody holds on, and a stop as soon as nobody does.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Viewer, ViewerChannel } from "../../mod.ts";
import { type CommandForm, commandSchema, commandText, type Motion, STILL } from "./twist.ts";

/** Why the device was stopped. */
export type StopReason = "released" | "blurred" | "hidden" | "cancelled" | "connection" | "stalled" | "stopped";

/** Whether somebody drives. */
export type TeleopState =
  | { readonly kind: "idle"; readonly stopped?: StopReason }
  | { readonly kind: "driving"; readonly motion: Motion };

/** What driving needs from outside. */
export interface TeleopOptions {
  /** Calls back again and again, until the function that it gives is called. */
  readonly every: (ms: number, tick: () => void) => () => void;
  /** In ms since the Unix epoch. */
  readonly now: () => number;
}

/** Commands a second: several must be lost before a device that waits for half a second takes it for silence. */
export const COMMAND_PERIOD_MS = 50;
/** While somebody drives, the line is tried each so many commands. */
const COMMANDS_PER_PING = 5;
/** A ping of the device that is not answered for so long, in ms, says that the line stands still. */
export const STALL_MS = 1_000;
/** After the stop at once, so many more, in case the first ones were lost with a stream. */
const STOP_REPEATS = 4;

/** How fast somebody may drive, at most. */
export interface SpeedLimits {
  /** In m/s. */
  readonly linear: number;
  /** In rad/s. */
  readonly angular: number;
}

/** The commands of one page. */
export class Teleop {
  readonly #options: TeleopOptions;
  readonly #state: Signal<TeleopState> = signal({ kind: "idle" });
  /** How fast it may go. */
  readonly limits: Signal<SpeedLimits> = signal({ linear: 0.6, angular: 1.2 });
  /** Where commands go. */
  readonly topic: Signal<string> = signal("/cmd_vel");
  /** What commands are. */
  readonly form: Signal<CommandForm> = signal("TwistStamped");
  #viewer: Viewer | undefined;
  #channel: ViewerChannel | undefined;
  /** What is held, in shares of the limits. */
  #held: Motion = STILL;
  #stopTicks: (() => void) | undefined;
  #repeats = 0;
  #untilPing = 0;
  readonly #isStalled: Signal<boolean> = signal(false);
  readonly #hasDevice: Signal<boolean> = signal(false);

  constructor(options: TeleopOptions = browserTime) {
    this.#options = options;
  }

  /** Whether somebody drives. */
  get state(): ReadonlySignal<TeleopState> {
    return this.#state;
  }

  /** Whether there is a device that takes commands. */
  get isAvailable(): ReadonlySignal<boolean> {
    return this.#hasDevice;
  }

  /** Whether the line to the device stands still: commands would wait, and come late and all at once. */
  get isStalled(): ReadonlySignal<boolean> {
    return this.#isStalled;
  }

  /** There is another viewer, or none any more. */
  attach(viewer: Viewer | undefined): void {
    this.stop("connection");
    this.#endTicks();
    this.#isStalled.value = false;
    this.#channel?.close();
    this.#channel = undefined;
    this.#viewer = viewer;
    this.refresh(false);
  }

  /** Whether commands can get to a device has changed. */
  refresh(isConnected: boolean): void {
    const takes = this.#viewer?.serverInfo?.capabilities.includes("clientPublish") === true;
    this.#hasDevice.value = isConnected && takes;
    if (!this.#hasDevice.value) {
      this.stop("connection");
      return;
    }
    // Made before it is needed: the device has been told of it when the first command goes.
    this.#open();
  }

  /** Looks whether the line stands still, or does so no more; to be called every now and then. */
  look(): void {
    const isStalled = (this.#viewer?.unansweredPingMs ?? 0) > STALL_MS;
    if (isStalled === this.#isStalled.value) return;
    this.#isStalled.value = isStalled;
    if (isStalled) return this.stop("stalled");
    // What was sent before it stood still has come by now: it must not stand.
    const { value } = this.#state;
    if (value.kind === "idle" && value.stopped === "stalled") this.#sendStops();
  }

  /** Where commands go, and what they are. Whoever drives has to begin anew. */
  configure(topic: string, form: CommandForm): void {
    if (topic === this.topic.value && form === this.form.value) return;
    this.stop("stopped");
    this.#endTicks();
    this.topic.value = topic;
    this.form.value = form;
    this.#channel?.close();
    this.#channel = undefined;
    if (this.#hasDevice.value) this.#open();
  }

  /** Somebody holds on, and wants it to move like this: shares of the limits from -1 to 1. */
  hold(held: Motion): void {
    this.look();
    if (!this.#hasDevice.value || this.#isStalled.value) return;
    this.#held = { linear: share(held.linear), angular: share(held.angular) };
    const isNew = this.#state.value.kind !== "driving";
    this.#state.value = { kind: "driving", motion: this.#motion() };
    if (isNew) {
      this.#untilPing = 0;
      this.#startTicks();
      this.#tryLine();
      this.#send(this.#motion());
    }
  }

  /** Nobody holds on any more: the device is told at once, and a few times more. */
  stop(reason: StopReason): void {
    if (this.#state.value.kind !== "driving" && reason !== "stopped") return;
    this.#held = STILL;
    this.#state.value = { kind: "idle", stopped: reason };
    this.#sendStops();
  }

  /** One at once. On a line that stands still no more are queued behind it: they follow when it moves again. */
  #sendStops(): void {
    this.#repeats = this.#isStalled.value ? 0 : STOP_REPEATS;
    this.#send(STILL);
    this.#startTicks();
  }

  /** Pings every now and then: nothing else tells that commands do not get through. */
  #tryLine(): void {
    if (this.#untilPing === 0) this.#viewer?.ping();
    this.#untilPing = (this.#untilPing + 1) % COMMANDS_PER_PING;
  }

  #tick(): void {
    this.look();
    if (this.#state.value.kind === "driving") {
      this.#tryLine();
      // Nothing is kept for a device that cannot be reached: whoever drives has to begin anew.
      if (!this.#send(this.#motion())) this.stop("connection");
    } else if (this.#repeats > 0) {
      this.#repeats -= 1;
      this.#send(STILL);
    } else {
      this.#endTicks();
    }
  }

  #motion(): Motion {
    const { linear, angular } = this.limits.value;
    return { linear: this.#held.linear * linear, angular: this.#held.angular * angular };
  }

  #send(motion: Motion): boolean {
    return this.#channel?.publish(commandText(this.form.value, motion, this.#options.now())) ?? false;
  }

  #open(): void {
    if (this.#channel !== undefined && !this.#channel.isClosed) return;
    this.#channel = this.#viewer?.channel({
      topic: this.topic.value,
      encoding: "json",
      schema: commandSchema(this.form.value),
    });
  }

  #startTicks(): void {
    this.#stopTicks ??= this.#options.every(COMMAND_PERIOD_MS, () => this.#tick());
  }

  #endTicks(): void {
    this.#stopTicks?.();
    this.#stopTicks = undefined;
  }
}

const browserTime: TeleopOptions = {
  every: (ms, tick) => {
    const timer = setInterval(tick, ms);
    return () => clearInterval(timer);
  },
  now: () => Date.now(),
};

function share(value: number): number {
  return Number.isFinite(value) ? Math.min(1, Math.max(-1, value)) : 0;
}
