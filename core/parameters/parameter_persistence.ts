/**
 * Keeping parameters beyond the end of the program.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import * as Effect from "effect/Effect";
import { Backoff } from "../backoff.ts";
import type { Log } from "../log.ts";
import { asEffect, type MaybeLater } from "../maybe_later.ts";
import type { Parameter } from "../protocol/parameter.ts";
import { Signal } from "../signal.ts";

/** Where parameters are kept: a file, a database. `parameterFile` of the sub-path `files` makes one. */
export interface ParameterPersistence {
  /** What was saved last; none, when nothing has been saved yet. What cannot be read fails, and is left as it is. */
  readonly load: () => MaybeLater<ReadonlyArray<Parameter>>;
  /**
   * Takes the place of what was saved before, wholly or not at all. Called once at a time: what changes meanwhile is saved
   * by one further call. One that has taken too long is not waited for any more.
   */
  readonly save: (parameters: ReadonlyArray<Parameter>) => MaybeLater<void>;
}

/** Fields of {@linkcode ParameterPersistenceError}. */
export interface ParameterPersistenceErrorFields {
  /** What has failed. */
  readonly operation: "load" | "save";
  /** What is wrong, in words. */
  readonly detail: string;
  /** What the persistence has thrown, rejected or failed with. */
  readonly cause?: unknown;
}

const ParameterPersistenceErrorBase: new (fields: ParameterPersistenceErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ParameterPersistenceError" }
  & Readonly<ParameterPersistenceErrorFields> = Data.TaggedError("ParameterPersistenceError");

/**
 * Parameters cannot be loaded or saved.
 *
 * @example
 * ```ts
 * import { ParameterPersistenceError } from "@fieldlink/fieldlink";
 *
 * const error = new ParameterPersistenceError({ operation: "save", detail: "the disk is full" });
 * console.log(error.message); // cannot save the parameters: the disk is full
 * ```
 */
export class ParameterPersistenceError extends ParameterPersistenceErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot ${this.operation} the parameters: ${this.detail}`;
  }
}

/** Waits for what is given, whichever way. */
export function settle<A>(start: () => MaybeLater<A>): Effect.Effect<A, unknown> {
  return Effect.suspend(() => {
    try {
      return asEffect(start());
    } catch (error) {
      return Effect.fail(error);
    }
  });
}

/** What is said of an error: its message, or what was thrown instead of one. */
export function wordsOf(error: unknown): string {
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}

/** Loads what was saved last. */
export function load(
  persistence: ParameterPersistence,
  timeoutMs: number,
): Effect.Effect<ReadonlyArray<Parameter>, ParameterPersistenceError> {
  return attempt("load", settle(() => persistence.load()), timeoutMs);
}

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 30_000;

/** Saves what has changed: one attempt at a time, and again after a while when one has failed. */
export class ParameterSaver {
  readonly #save: Effect.Effect<void, ParameterPersistenceError>;
  readonly #log: Log;
  readonly #backoff: Backoff = new Backoff(FIRST_RETRY_MS, LAST_RETRY_MS);
  readonly #moved: Signal = new Signal();
  #changed = 0;
  #saved = 0;
  #failures = 0;
  #failure: ParameterPersistenceError | undefined;
  #isWaitedFor = false;

  constructor(
    persistence: ParameterPersistence,
    snapshot: () => ReadonlyArray<Parameter>,
    timeoutMs: number,
    log: Log,
  ) {
    this.#save = attempt("save", settle(() => persistence.save(snapshot())), timeoutMs);
    this.#log = log;
  }

  /** Something has changed. */
  changed(): void {
    this.#changed += 1;
    this.#moved.notify();
  }

  /** Saves for ever. */
  readonly run: Effect.Effect<never> = Effect.forever(Effect.suspend(() => {
    const target = this.#changed;
    if (target === this.#saved) return this.#moved.until(() => this.#changed !== this.#saved);
    return Effect.matchEffect(this.#save, {
      onSuccess: () =>
        Effect.sync(() => {
          this.#saved = target;
          this.#backoff.reset();
          this.#moved.notify();
        }),
      onFailure: (error) => this.#failed(error),
    });
  }));

  /** Waits until what has changed so far is saved; fails when an attempt does. */
  readonly savedEffect: Effect.Effect<void, ParameterPersistenceError> = Effect.suspend(() => {
    const target = this.#changed;
    const failures = this.#failures;
    if (this.#saved >= target) return Effect.void;
    // An attempt that waits for its turn after a failure is made now.
    this.#isWaitedFor = true;
    this.#moved.notify();
    const ended = this.#moved.until(() => this.#saved >= target || this.#failures > failures);
    return Effect.andThen(
      ended,
      Effect.suspend(() => {
        const failure = this.#failure;
        return this.#saved >= target || failure === undefined ? Effect.void : Effect.fail(failure);
      }),
    );
  });

  #failed(error: ParameterPersistenceError): Effect.Effect<void> {
    const retryMs = this.#backoff.next();
    this.#failures += 1;
    this.#failure = error;
    this.#isWaitedFor = false;
    this.#moved.notify();
    this.#log("error", "the parameters are not saved; it is tried again", { error, retryMs });
    return Effect.raceFirst(Effect.sleep(retryMs), this.#moved.until(() => this.#isWaitedFor));
  }
}

function attempt<A>(
  operation: "load" | "save",
  effect: Effect.Effect<A, unknown>,
  timeoutMs: number,
): Effect.Effect<A, ParameterPersistenceError> {
  return effect.pipe(
    Effect.catchDefect((defect) => Effect.fail(defect)),
    Effect.mapError((cause) => new ParameterPersistenceError({ operation, detail: wordsOf(cause), cause })),
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () =>
        Effect.fail(new ParameterPersistenceError({ operation, detail: `it has taken over ${timeoutMs} ms` })),
    }),
  );
}
