/**
 * Which viewers are heard: those that ping and then say nothing become idle, and then fall asleep.
 */
import * as Effect from "effect/Effect";
import type { WallClock } from "../clock.ts";
import { wasHeldUp } from "../held_up.ts";
import type { Participant } from "../participant/participant.ts";
import type { ParticipantRegistry } from "../participant/participant_registry.ts";

/** What watching viewers needs of the session. */
export interface LivenessOptions {
  readonly registry: ParticipantRegistry;
  readonly clock: WallClock;
  /** How long a viewer says nothing before it is idle, in ms. */
  readonly idleAfterMs: number;
  /** How long a viewer says nothing before it falls asleep, in ms; longer than that. */
  readonly silentAfterMs: number;
  /** A viewer is idle now, or active again. */
  readonly changed: (participant: Participant, state: "active" | "idle") => void;
  /** A viewer is to be put to sleep. */
  readonly sleep: (participant: Participant) => void;
}

/**
 * Listens for viewers. One that has never pinged may be silent for as long as it likes: nobody can tell whether it is
 * still there.
 */
export class Liveness {
  readonly #options: LivenessOptions;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** Something has come from a viewer. */
  heard(identity: string): void {
    const { registry, clock, changed } = this.#options;
    const participant = registry.get(identity);
    if (participant === undefined) return;
    const { vitals } = participant;
    const now = clock.currentTimeMillisUnsafe();
    vitals.heard(now);
    if (vitals.state !== "idle") return;
    vitals.become("active", now);
    changed(participant, "active");
  }

  /** Notices those who are silent, for as long as it runs. */
  get run(): Effect.Effect<never> {
    const { clock } = this.#options;
    return Effect.forever(Effect.gen({ self: this }, function* () {
      const before = clock.currentTimeMillisUnsafe();
      const waitMs = this.#nextMs(before);
      yield* Effect.sleep(waitMs);
      const now = clock.currentTimeMillisUnsafe();
      this.#look(now, wasHeldUp(waitMs, now - before));
    }));
  }

  /** How long it is until somebody may be due: no viewer that is heard or met meanwhile can be due before that. */
  #nextMs(now: number): number {
    const { registry, idleAfterMs, silentAfterMs } = this.#options;
    let waitMs = idleAfterMs;
    for (const participant of registry.all()) {
      if (!isWatched(participant)) continue;
      const { vitals } = participant;
      const left = vitals.heardAt + (vitals.state === "idle" ? silentAfterMs : idleAfterMs) - now;
      waitMs = Math.min(waitMs, Math.max(left, 1));
    }
    return waitMs;
  }

  #look(now: number, isHeldUp: boolean): void {
    const { registry, idleAfterMs, silentAfterMs, changed, sleep } = this.#options;
    for (const participant of registry.all()) {
      if (!isWatched(participant)) continue;
      const { vitals } = participant;
      // No viewer is to blame for time in which the device itself did not run.
      if (isHeldUp) vitals.heard(now);
      const silentMs = now - vitals.heardAt;
      if (silentMs >= silentAfterMs) {
        vitals.become("asleep", now);
        sleep(participant);
      } else if (silentMs >= idleAfterMs && vitals.state === "active") {
        vitals.become("idle", now);
        changed(participant, "idle");
      }
    }
  }
}

/** One that is being reset has a new stream coming, and its time goes on then. */
function isWatched({ isAsleep, isGone, vitals }: Participant): boolean {
  return vitals.hasPinged && !isAsleep && !isGone;
}
