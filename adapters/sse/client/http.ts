/**
 * Requests to the server, each with credentials asked for anew.
 */
import { JoinError } from "../../../transport/errors.ts";
import type { SseClientOptions } from "./options.ts";

/** One request. */
export interface HttpRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Relative to where the handler is mounted. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly signal: AbortSignal;
  /** It is to be sent even when the page goes. */
  readonly keepalive?: boolean;
}

/** What sends requests. */
export class Http {
  readonly #base: URL;
  readonly #options: SseClientOptions;
  /** What was used last, for a request that cannot wait for another. */
  #authorization: string | undefined;

  constructor(base: URL, options: SseClientOptions) {
    this.#base = base;
    this.#options = options;
  }

  /** Sends a request. Rejects with a JoinError where there is no token, and with whatever `fetch` does. */
  async send(request: HttpRequest): Promise<Response> {
    const { token } = this.#options;
    if (token !== undefined) this.#authorization = `Bearer ${await this.#token(token, request.signal)}`;
    return await this.#fetch(request);
  }

  /** Sends a request at once, with the credentials of the last one. */
  sendNow(request: HttpRequest): Promise<Response> {
    return this.#fetch(request);
  }

  #fetch({ method, path, headers, body, signal, keepalive }: HttpRequest): Promise<Response> {
    const request = new Request(new URL(path, this.#base), {
      method,
      headers: {
        ...this.#options.headers,
        ...(this.#authorization === undefined ? {} : { Authorization: this.#authorization }),
        ...headers,
      },
      signal,
      cache: "no-store",
      redirect: "error",
      ...(body === undefined ? {} : { body }),
      ...(keepalive === undefined ? {} : { keepalive }),
    });
    const { fetch } = this.#options;
    return fetch === undefined ? globalThis.fetch(request) : fetch(request);
  }

  async #token(token: NonNullable<SseClientOptions["token"]>, signal: AbortSignal): Promise<string> {
    if (typeof token === "string") return token;
    let given: unknown;
    try {
      given = await token({ signal });
    } catch (cause) {
      if (cause instanceof JoinError) throw cause;
      // Not with what it says: tokens have been seen in there.
      throw new JoinError({ reason: "unreachable", detail: "the token function has failed", cause: typeof cause });
    }
    if (typeof given === "string" && given !== "") return given;
    throw new JoinError({ reason: "refused", detail: "the token function has given no token" });
  }
}
