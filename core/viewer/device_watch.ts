/**
 * Which device is here, since when, and whether it is heard.
 */
import * as Effect from "effect/Effect";
import type { WallClock } from "../clock.ts";
import { wasHeldUp } from "../held_up.ts";
import type { ServerInfo } from "../protocol/mod.ts";
import { type Arrival, Heartbeat } from "./heartbeat.ts";

/** The device that a viewer has met. Times are the viewer's own, in ms since the Unix epoch. */
export interface DevicePresence {
  /** Who it is in the room. */
  readonly identity: string;
  /** What it has said of itself. */
  readonly serverInfo: ServerInfo;
  /** Since when it is here; a reset changes nothing of that, a new session does. */
  readonly since: number;
  /** `silent`: nothing of any kind has come from it for `deviceSilentAfterMs`, not even the answer to a ping. */
  readonly state: "active" | "silent";
  /** Since when it has been in that state. */
  readonly stateSince: number;
}

/** What watching a device needs of the viewer. */
export interface DeviceWatchOptions {
  readonly clock: WallClock;
  readonly pingIntervalMs: number;
  readonly silentAfterMs: number;
  /** Somebody is here, or nobody is any more, or it is heard again, or not any more. */
  readonly changed: (device: DevicePresence | undefined) => void;
}

/** The device of one room, at most one at a time. */
export class DeviceWatch {
  readonly #options: DeviceWatchOptions;
  #heartbeat: Heartbeat | undefined;
  #presence: DevicePresence | undefined;
  #heardAt = 0;

  constructor(options: DeviceWatchOptions) {
    this.#options = options;
  }

  /** The device that is here. */
  get presence(): DevicePresence | undefined {
    return this.#presence;
  }

  /** The pings to it, once it has been met. */
  get heartbeat(): Heartbeat | undefined {
    return this.#heartbeat;
  }

  /** It has said who it is. What is known of its clock stays known while its session goes on. */
  met(identity: string, serverInfo: ServerInfo): Heartbeat {
    const { clock, pingIntervalMs } = this.#options;
    const now = clock.currentTimeMillisUnsafe();
    const before = this.#presence;
    this.#heardAt = now;
    if (before?.identity === identity && before.serverInfo.sessionId === serverInfo.sessionId) {
      this.#presence = { ...before, serverInfo };
    } else {
      this.#heartbeat = undefined;
      this.#presence = { identity, serverInfo, since: now, state: "active", stateSince: now };
      this.#options.changed(this.#presence);
    }
    return this.#heartbeat ??= new Heartbeat({ clock, intervalMs: pingIntervalMs });
  }

  /** It is here no more. */
  left(): void {
    if (this.#presence === undefined) return;
    this.#presence = undefined;
    this.#heartbeat = undefined;
    this.#options.changed(undefined);
  }

  /** Something has come from a participant. */
  arrived(sender: string): Arrival {
    const arrival = this.#heartbeat?.arrival() ??
      { atMs: this.#options.clock.currentTimeMillisUnsafe(), offset: undefined };
    if (sender === this.#presence?.identity) {
      this.#heardAt = arrival.atMs;
      if (this.#presence.state === "silent") this.#become("active", arrival.atMs);
    }
    return arrival;
  }

  /** Notices when the device is silent, for as long as it runs. */
  get run(): Effect.Effect<never> {
    const { clock, silentAfterMs } = this.#options;
    return Effect.forever(Effect.gen({ self: this }, function* () {
      const before = clock.currentTimeMillisUnsafe();
      const left = this.#heardAt + silentAfterMs - before;
      // No later than that can anybody be due who is met or heard meanwhile.
      const waitMs = left > 0 && left < silentAfterMs ? left : silentAfterMs;
      yield* Effect.sleep(waitMs);
      const now = clock.currentTimeMillisUnsafe();
      // Nobody is to blame for time in which this program did not run.
      if (wasHeldUp(waitMs, now - before)) this.#heardAt = now;
      if (this.#presence?.state === "active" && now - this.#heardAt >= silentAfterMs) this.#become("silent", now);
    }));
  }

  #become(state: "active" | "silent", now: number): void {
    if (this.#presence === undefined) return;
    this.#presence = { ...this.#presence, state, stateSince: now };
    this.#options.changed(this.#presence);
  }
}
