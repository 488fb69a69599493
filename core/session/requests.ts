/**
 * Requests that are under way: how many each viewer may have, and their end with their viewer (session semantics,
 * section 2).
 */
import type * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import type * as Fiber from "effect/Fiber";
import type { Log } from "../log.ts";
import type { Participant } from "../participant/participant.ts";
import { clientOf } from "./client.ts";
import { ask, failed, type Handler, type Outcome, RequestScope } from "./handler.ts";

/** The kinds of requests; each has slots of its own. Gets and sets of parameters share theirs. */
export type RequestKind = "serviceCalls" | "assetFetches" | "parameterRequests" | "playbackRequests";

/** How many requests of each kind one viewer may have under way. */
export type RequestLimits = Readonly<Record<RequestKind, number>>;

/** A request that waits for its answer. */
interface UnderWay {
  readonly kind: RequestKind;
  readonly scope: RequestScope;
  fiber: Fiber.Fiber<void> | undefined;
}

/** The requests of all viewers of a session. */
export class Requests {
  readonly #limits: RequestLimits;
  readonly #services: Context.Context<never>;
  readonly #log: Log;
  readonly #bySid = new Map<string, Set<UnderWay>>();

  constructor(limits: RequestLimits, services: Context.Context<never>, log: Log) {
    this.#limits = limits;
    this.#services = services;
    this.#log = log;
  }

  /** The number of requests that wait for their answers. */
  get count(): number {
    let count = 0;
    for (const own of this.#bySid.values()) count += own.size;
    return count;
  }

  /** Whether that viewer has as many requests of the kind under way as it may have. */
  isFull(participant: Participant, kind: RequestKind): boolean {
    const own = this.#bySid.get(participant.sid);
    if (own === undefined) return false;
    let count = 0;
    for (const request of own) if (request.kind === kind) count += 1;
    return count >= this.#limits[kind];
  }

  /** Asks the handler; `respond` gets what comes of it, unless the viewer has gone before. */
  run<Request, A>(
    participant: Participant,
    kind: RequestKind,
    handler: Handler<Request, A>,
    request: Request,
    respond: (outcome: Outcome<A>) => void,
  ): void {
    // The application, which is asked what it may have, may have let it go; nobody waits for an answer then.
    if (participant.isGone) return;
    const scope = new RequestScope(clientOf(participant));
    // The slot is taken before the handler runs: what it does may bring further requests of the same viewer.
    const underWay: UnderWay = { kind, scope, fiber: undefined };
    this.#add(participant.sid, underWay);
    const outcome = ask(handler, request, scope);
    const end = (result: Outcome<A>): void => {
      if (!this.#remove(participant.sid, underWay)) {
        return this.#log("debug", "an answer has come too late: its viewer has gone", {
          identity: participant.identity,
        });
      }
      try {
        respond(result);
      } catch (error) {
        // An answer can be anything that a program can make, and reading it can throw.
        this.#log("error", "a handler's answer cannot be sent", { identity: participant.identity, error });
        respond(failed(error, "Internal error: the handler's answer cannot be sent"));
      }
    };
    if (!Effect.isEffect(outcome)) return end(outcome);
    if (this.#bySid.get(participant.sid)?.has(underWay) !== true) return;
    // Not a fiber of the session's scope: a handler that cannot be interrupted must not hold up the session's end.
    underWay.fiber = Effect.runForkWith(this.#services)(Effect.map(outcome, end));
    // The fiber runs as far as it can before it is known here: its viewer may be gone by now.
    if (scope.isAborted) underWay.fiber.interruptUnsafe();
  }

  /** Lets a viewer's requests go: their signals abort, their fibers are interrupted, and nobody answers them. */
  cancel(sid: string): void {
    const own = this.#bySid.get(sid);
    this.#bySid.delete(sid);
    for (const { scope, fiber } of own ?? []) {
      scope.abort();
      fiber?.interruptUnsafe();
    }
  }

  #add(sid: string, request: UnderWay): void {
    const own = this.#bySid.get(sid);
    if (own === undefined) this.#bySid.set(sid, new Set([request]));
    else own.add(request);
  }

  /** `false`: it was not there any more. */
  #remove(sid: string, request: UnderWay): boolean {
    const own = this.#bySid.get(sid);
    if (own?.delete(request) !== true) return false;
    if (own.size === 0) this.#bySid.delete(sid);
    return true;
  }
}
