/**
 * Time as a room has it: the clock and the logging of the fiber that joined.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as LogLevels from "effect/LogLevel";
import * as References from "effect/References";

/** Receives diagnostics; never throws. */
export type RoomLog = (
  level: "debug" | "info" | "warning" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

const severities = { debug: "Debug", info: "Info", warning: "Warn", error: "Error" } as const;

/** Time, and where diagnostics go. */
export class RoomServices {
  readonly #services: Context.Context<never>;
  readonly #clock: Clock.Clock;

  constructor(services: Context.Context<never>) {
    this.#services = services;
    this.#clock = Context.get(services, Clock.Clock);
  }

  /** Milliseconds since the Unix epoch. */
  readonly wallMs = (): number => this.#clock.currentTimeMillisUnsafe();

  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs = (): number => Number(this.#clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000;

  /** What the registry of events reads. */
  get clock(): Clock.Clock {
    return this.#clock;
  }

  /** Calls back after so many ms. Tells how not to. */
  after(ms: number, callback: () => void): () => void {
    const waiting = Effect.andThen(Effect.sleep(ms), Effect.sync(callback));
    const fiber = Effect.runForkWith(this.#services)(waiting);
    return () => fiber.interruptUnsafe();
  }

  /** Diagnostics, as logging was set up where the room was joined. */
  readonly log: RoomLog = (level, message, fields = {}) => {
    const severity = severities[level];
    const minimum = Context.get(this.#services, References.MinimumLogLevel);
    if (!LogLevels.isGreaterThanOrEqualTo(severity, minimum)) return;
    try {
      Effect.runSyncWith(this.#services)(Effect.annotateLogs(Effect.logWithLevel(severity)(message), fields));
    } catch {
      // A logger that fails must not take the room with it.
    }
  };
}
