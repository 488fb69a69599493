/**
 * Bodies of requests, read no further than their bound.
 */
import { HttpRefusal, unavailable } from "./errors.ts";
import { Gathering } from "./gathering.ts";
import { addTo, removeFrom } from "./set_map.ts";

function tooLarge(limit: number): HttpRefusal {
  return new HttpRefusal({
    status: 413,
    error: "too-large",
    detail: `the body is longer than ${limit} bytes; send less at once`,
  });
}

/** Whose a body is: its session, or, where it has none, the request itself. */
export type BodyOwner = object;

/**
 * Bytes of the bodies that are being read, all together. When they are used up, whoever has fewest comes first: the
 * largest body of the one who has most is given up for it, so that nobody can hold up the others.
 */
export class BodyBudget {
  readonly #limit: number;
  readonly #bodies: Map<BodyOwner, Set<PendingBody>> = new Map();
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** A body of somebody's, of which nothing has been read yet. `onGivenUp`: another one has taken its place. */
  open(owner: BodyOwner, onGivenUp: () => void): PendingBody {
    const body = new PendingBody(this, owner, onGivenUp);
    addTo(this.#bodies, owner, body);
    return body;
  }

  /** Makes room for so many bytes of a body. Throws where its owner has most already. */
  reserve(body: PendingBody, bytes: number): void {
    // A single one that is larger passes when there is no other.
    while (this.#used > body.bytes && this.#used + bytes > this.#limit) {
      const own = this.#bytesOf(body.owner) + bytes;
      const most = this.#greediest(own);
      if (most === undefined) throw this.refusal();
      most.giveUp();
    }
    this.#used += bytes;
  }

  /** A body is read no more. */
  release(body: PendingBody): void {
    if (removeFrom(this.#bodies, body.owner, body)) this.#used -= body.bytes;
  }

  /** Why a body is not read. */
  refusal(): HttpRefusal {
    return unavailable(
      "busy",
      `bodies of more than ${this.#limit} bytes are being read already, and others have fewer; ` +
        "send less at once, or repeat this later",
    );
  }

  #bytesOf(owner: BodyOwner): number {
    let bytes = 0;
    for (const body of this.#bodies.get(owner) ?? []) bytes += body.bytes;
    return bytes;
  }

  /** The largest body of the owner who has most, and more than that. */
  #greediest(bytes: number): PendingBody | undefined {
    let most = bytes;
    let found: BodyOwner | undefined;
    for (const owner of this.#bodies.keys()) {
      const own = this.#bytesOf(owner);
      if (own <= most) continue;
      most = own;
      found = owner;
    }
    const bodies = found === undefined ? [] : [...this.#bodies.get(found) ?? []];
    return bodies.reduce<PendingBody | undefined>(
      (largest, body) => largest !== undefined && largest.bytes >= body.bytes ? largest : body,
      undefined,
    );
  }
}

/** One body that is being read. */
export class PendingBody {
  readonly owner: BodyOwner;
  /** The memory that what has been read of it takes. */
  bytes = 0;
  /** Whether another one has taken its place. */
  isGivenUp = false;
  readonly #budget: BodyBudget;
  readonly #onGivenUp: () => void;

  constructor(budget: BodyBudget, owner: BodyOwner, onGivenUp: () => void) {
    this.#budget = budget;
    this.owner = owner;
    this.#onGivenUp = onGivenUp;
  }

  /** Takes so many bytes more. */
  take(bytes: number): void {
    this.#budget.reserve(this, bytes);
    this.bytes += bytes;
  }

  /** Gives way to another one. */
  giveUp(): void {
    this.isGivenUp = true;
    this.release();
    this.#onGivenUp();
  }

  /** It is read no more. */
  release(): void {
    this.#budget.release(this);
  }
}

/** How a body is read. */
export interface ReadOptions {
  /** Bytes it may have. */
  readonly limit: number;
  readonly budget: BodyBudget;
  readonly owner: BodyOwner;
  /** Aborts when it has taken too long. */
  readonly signal: AbortSignal;
}

/** The whole body. Of one that is too long no more than the bound is read. */
export async function readBody(request: Request, { limit, budget, owner, signal }: ReadOptions): Promise<Uint8Array> {
  const announced = request.headers.get("content-length");
  if (announced !== null && !(Number(announced) <= limit)) throw tooLarge(limit);
  if (request.bodyUsed) {
    throw new HttpRefusal({
      status: 500,
      error: "body",
      detail: "`authorize` has read the body; it must leave it alone",
    });
  }
  if (request.body === null) return new Uint8Array(0);
  const reader = request.body.getReader();
  const giveUp = (): void => void reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", giveUp);
  const body = budget.open(owner, giveUp);
  const gathering = new Gathering(Number(announced ?? 0), limit);
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw timedOut();
      if (body.isGivenUp) throw budget.refusal();
      if (done) return gathering.bytes;
      if (gathering.length + value.length > limit) throw tooLarge(limit);
      body.take(gathering.capacityWith(value.length) - gathering.capacity);
      gathering.add(value);
    }
  } catch (error) {
    giveUp();
    if (error instanceof HttpRefusal) throw error;
    if (signal.aborted) throw timedOut();
    if (body.isGivenUp) throw budget.refusal();
    // The connection has broken: nobody reads the answer.
    throw new HttpRefusal({ status: 400, error: "body", detail: "the body has broken off; nothing of it is taken" });
  } finally {
    signal.removeEventListener("abort", giveUp);
    body.release();
  }
}

function timedOut(): HttpRefusal {
  return new HttpRefusal({ status: 408, error: "timeout", detail: "the body took too long; nothing of it is taken" });
}
