/**
 * Time as a room has it: the clock and the logging of the fiber that joined.
 */
import * as Clock from "effect/Clock";
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import { logOf, type RoomLog } from "../../../transport/log.ts";
import { elapsedMsOf } from "../elapsed.ts";

/** Time, and where diagnostics go. */
export class RoomServices {
  readonly #services: Context.Context<never>;
  readonly #clock: Clock.Clock;

  constructor(services: Context.Context<never>) {
    this.#services = services;
    this.#clock = Context.get(services, Clock.Clock);
    this.log = logOf(services);
  }

  /** Milliseconds since the Unix epoch. */
  readonly wallMs = (): number => this.#clock.currentTimeMillisUnsafe();

  /** Milliseconds on a clock that only goes forward. */
  readonly nowMs = (): number => elapsedMsOf(this.#clock);

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
  readonly log: RoomLog;
}
