/**
 * Bodies of requests, read no further than their bound.
 */
import { HttpRefusal, unavailable } from "./errors.ts";

function tooLarge(limit: number): HttpRefusal {
  return new HttpRefusal({
    status: 413,
    error: "too-large",
    detail: `the body is longer than ${limit} bytes; send less at once`,
  });
}

/** Bytes of the bodies that are being read, all together. */
export class BodyBudget {
  readonly #limit: number;
  #used = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes so many more, for a body that has `own` already. */
  take(bytes: number, own: number): void {
    if (this.#used > own && this.#used + bytes > this.#limit) {
      throw unavailable("busy", `bodies of more than ${this.#limit} bytes are being read already; try again`);
    }
    this.#used += bytes;
  }

  /** Gives them back. */
  release(bytes: number): void {
    this.#used -= bytes;
  }
}

/** How a body is read. */
export interface ReadOptions {
  /** Bytes it may have. */
  readonly limit: number;
  readonly budget: BodyBudget;
  /** Aborts when it has taken too long. */
  readonly signal: AbortSignal;
}

/** The whole body. Of one that is too long no more than the bound is read. */
export async function readBody(request: Request, { limit, budget, signal }: ReadOptions): Promise<Uint8Array> {
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
  const chunks: Array<Uint8Array> = [];
  let length = 0;
  try {
    while (true) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw timedOut();
      if (done) return gather(chunks, length);
      if (length + value.length > limit) throw tooLarge(limit);
      budget.take(value.length, length);
      length += value.length;
      chunks.push(value);
    }
  } catch (error) {
    giveUp();
    if (error instanceof HttpRefusal) throw error;
    if (signal.aborted) throw timedOut();
    // The connection has broken: nobody reads the answer.
    throw new HttpRefusal({ status: 400, error: "body", detail: "the body has broken off; nothing of it is taken" });
  } finally {
    signal.removeEventListener("abort", giveUp);
    budget.release(length);
  }
}

function timedOut(): HttpRefusal {
  return new HttpRefusal({ status: 408, error: "timeout", detail: "the body took too long; nothing of it is taken" });
}

function gather(chunks: ReadonlyArray<Uint8Array>, length: number): Uint8Array {
  const [only] = chunks;
  // A view may keep much more alive than it shows.
  if (only !== undefined && chunks.length === 1 && only.buffer.byteLength <= 2 * length + 256) return only;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
