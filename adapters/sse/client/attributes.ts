/**
 * What a viewer tells the server beside its streams: its attributes, and that it is alive.
 */
import * as Effect from "effect/Effect";
import type { Session } from "./session.ts";
import { Signal } from "./signal.ts";

/** Shorter pauses between signs of life, in ms, are of use to nobody. */
const MIN_SIGN_MS = 1_000;

/** Attributes that have been set and are not known to the server yet. */
export class Attributes {
  readonly #session: Session;
  readonly #retryMs: number;
  readonly #changed: Signal = new Signal();
  #waiting = new Map<string, string>();

  constructor(session: Session, retryMs: number) {
    this.#session = session;
    this.#retryMs = retryMs;
  }

  /** Sets some. Of several values for one only the latest is sent. */
  set(attributes: ReadonlyMap<string, string>): void {
    for (const [key, value] of attributes) this.#waiting.set(key, value);
    this.#changed.notify();
  }

  /** Tells the server. */
  readonly run: Effect.Effect<never> = Effect.forever(Effect.suspend(() => this.#tell()));

  readonly #tell: () => Effect.Effect<void> = Effect.fnUntraced(function* (this: Attributes) {
    yield* this.#changed.until(() => this.#waiting.size > 0);
    const told = this.#waiting;
    this.#waiting = new Map();
    if (yield* this.#session.patch(Object.fromEntries(told))) return;
    this.#waiting = new Map([...told, ...this.#waiting]);
    yield* Effect.sleep(this.#retryMs);
  });
}

/** Gives a sign of life where nothing else has: three for each time that the server would wait. */
export function signsOfLife(session: Session, resumeTtlMs: number): Effect.Effect<never> {
  const pause = Math.max(MIN_SIGN_MS, resumeTtlMs / 3);
  return Effect.forever(Effect.suspend(() => {
    const before = session.answered;
    return Effect.andThen(
      Effect.sleep(pause),
      Effect.suspend(() => session.answered === before ? session.patch(undefined) : Effect.void),
    );
  }));
}
