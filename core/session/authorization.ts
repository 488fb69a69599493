/**
 * Asking the application who may come in, and with which policy.
 */
import * as Cause from "effect/Cause";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import type { RemoteParticipant } from "../../transport/mod.ts";
import type { WallClock } from "../clock.ts";
import type { Log } from "../log.ts";
import { asEffect, type MaybeLater } from "../maybe_later.ts";
import { Throttle } from "../throttle.ts";
import { type Operation, operator, type Policy } from "./policy.ts";

const FAILED_LOG_MS = 10_000;

/** A viewer that wants to come in. */
export interface Applicant {
  /** Who it is. The transport answers for it: by the credentials that it has joined with. */
  readonly identity: string;
  /**
   * What the participant has announced of itself, for example `protocolVersion`. Many transports let it announce what it
   * likes: ask yours before you trust any of these.
   */
  readonly attributes: ReadonlyMap<string, string>;
  /** When this instance has joined the room, in ms since the Unix epoch by the transport's server. */
  readonly joinedAt: number;
}

/**
 * What comes of an application: the policy of a viewer that is let in, or that it is refused, perhaps in words for it. A
 * viewer that is refused is told so and gets nothing else from the device; it stays in the transport's room, which is not
 * the device's to close.
 */
export type Admission = Policy | "refused" | {
  /** Why, in words for the people at the viewer. */
  readonly refused: string;
};

/**
 * Decides about a viewer: at once, as a promise or as an Effect. The signal is aborted when the viewer has left, when the
 * session ends, when it takes too long, and when {@linkcode Gateway.setPolicy} settles the matter meanwhile.
 *
 * @example
 * ```ts
 * import { type Authorize, observer, operator } from "@fieldlink/fieldlink";
 *
 * const authorize: Authorize = async ({ identity }, { signal }) => {
 *   const answer = await fetch(`https://example.com/roles/${encodeURIComponent(identity)}`, { signal });
 *   if (!answer.ok) return { refused: "ask the fleet's owner for access" };
 *   return (await answer.text()) === "driver" ? operator : observer;
 * };
 * console.log(authorize);
 * ```
 */
export type Authorize = (
  applicant: Applicant,
  context: { readonly signal: AbortSignal },
) => MaybeLater<Admission>;

/** What holds for a viewer. `policy`: what it may do, everything when `undefined`. `refused`: it is told so. */
export type Verdict =
  | { readonly outcome: "admitted"; readonly policy: Policy | undefined }
  | { readonly outcome: "refused"; readonly message: string };

/** What deciding needs. */
export interface AuthorizationOptions {
  readonly authorize: Authorize | undefined;
  readonly timeoutMs: number;
  readonly clock: WallClock;
  readonly log: Log;
}

/** What holds for everybody where nobody is asked. */
export const EVERYTHING: Verdict = { outcome: "admitted", policy: undefined };

/** Turns what the application says about viewers into verdicts. */
export class Authorization {
  readonly #options: AuthorizationOptions;
  readonly #policyFailed: Throttle;

  constructor(options: AuthorizationOptions) {
    this.#options = options;
    this.#policyFailed = new Throttle(FAILED_LOG_MS, options.clock);
  }

  /** Whether there is anything to ask. */
  get asks(): boolean {
    return this.#options.authorize !== undefined;
  }

  /** Asks the application. Never fails: what it throws, and its silence, refuse the viewer. */
  decide({ identity, attributes, joinedAt }: RemoteParticipant): Effect.Effect<Verdict> {
    const { authorize, timeoutMs, log } = this.#options;
    if (authorize === undefined) return Effect.succeed(EVERYTHING);
    const undecided = (problem: string, fields: object): Verdict => {
      log("error", `${problem}; the viewer is refused`, { identity, ...fields });
      return refusal(identity, "the device could not settle what it may do; try again later");
    };
    return ask(authorize, { identity, attributes, joinedAt }).pipe(
      Effect.map((answer) =>
        Exit.isSuccess(answer)
          ? this.verdict(identity, answer.value)
          : undecided("authorize has failed", { error: Cause.squash(answer.cause) })
      ),
      Effect.timeoutOrElse({
        duration: timeoutMs,
        orElse: () => Effect.sync(() => undecided("authorize has not answered in time", { timeoutMs })),
      }),
    );
  }

  /** What the application's answer means. One that is no answer, or cannot be looked at, refuses. */
  verdict(identity: string, answer: Admission): Verdict {
    const undecided = (fields: object): Verdict => {
      const problem = "what was decided on a viewer is neither a policy nor a refusal; the viewer is refused";
      this.#options.log("error", problem, { identity, ...fields });
      return refusal(identity, "it is not let in");
    };
    try {
      return this.#read(identity, answer) ?? undecided({});
    } catch (error) {
      return undecided({ error });
    }
  }

  #read(identity: string, answer: Admission): Verdict | undefined {
    if (answer === operator) return EVERYTHING;
    if (answer === "refused") return refusal(identity, "it is not let in");
    if (!isObject(answer)) return undefined;
    if ("refused" in answer && typeof answer.refused === "string") return refusal(identity, answer.refused);
    return "allows" in answer && typeof answer.allows === "function"
      ? { outcome: "admitted", policy: this.#guard(answer) }
      : undefined;
  }

  #guard(policy: Policy): Policy {
    const allows = (operation: Operation, name: string): boolean => {
      try {
        return policy.allows(operation, name) === true;
      } catch (error) {
        const times = this.#policyFailed.pass();
        if (times > 0) {
          this.#options.log("error", "a policy has thrown; what it was asked for is denied", {
            operation,
            name,
            times,
            error,
          });
        }
        return false;
      }
    };
    return { allows };
  }
}

function refusal(identity: string, reason: string): Verdict {
  return { outcome: "refused", message: `the device refuses viewer "${identity}": ${reason}` };
}

/** From JavaScript anything may come. */
function isObject(answer: unknown): answer is object {
  return typeof answer === "object" && answer !== null;
}

/** Runs the application's function, in a fiber of its own: one that cannot be interrupted is left to itself. */
function ask(authorize: Authorize, applicant: Applicant): Effect.Effect<Exit.Exit<Admission, unknown>> {
  return Effect.flatMap(
    Effect.context<never>(),
    (services) =>
      Effect.callback<Exit.Exit<Admission, unknown>>((resume) => {
        const controller = new AbortController();
        const answer = Effect.suspend(() => asEffect(authorize(applicant, { signal: controller.signal })));
        const fiber = Effect.runForkWith(services)(answer);
        fiber.addObserver((exit) => resume(Effect.succeed(exit)));
        return Effect.sync(() => {
          controller.abort();
          fiber.interruptUnsafe();
        });
      }),
  );
}
