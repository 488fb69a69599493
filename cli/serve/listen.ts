/**
 * Listens for HTTP requests, under any of the run-times.
 */
import { createServer, type Server } from "node:http";
import process from "node:process";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { getRequestListener, RequestError } from "@hono/node-server";
import { refusal } from "../../adapters/sse/server/answer.ts";
import { badRequest, HttpRefusal } from "../../adapters/sse/server/errors.ts";
import { printable } from "../format.ts";
import { CannotListen } from "./errors.ts";
import { Turns } from "./turns.ts";

/** Ports that are tried, where any will do. */
const ATTEMPTS = 32;
/** A client may take so long to send the headers of a request, and all of it, in ms: less than Node's own 60 s and 300 s. */
const HEADERS_MS = 15_000;
const REQUEST_MS = 120_000;
/** How often Node looks for those that have taken longer, in ms: less than its own 30 s, by which they would be late. */
const CHECK_MS = 2_000;
/**
 * Nothing may go either way on a connection for so long while a request is answered, in ms, and up to twice that where
 * something waits to be written. Event streams say something every 8 s; one that cannot be written to is ended like any
 * answer that nobody reads, and resumed by a client that is there.
 */
const STILL_MS = 30_000;
/** Connections at the same time. */
const CONNECTIONS = 1_024;
/** Requests of one connection that wait while one is answered. */
const WAITING = 8;

/** Where to listen, and who answers. */
export interface ListenOptions {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly hostname: string;
  /** The port to begin with. */
  readonly port: number;
  /** Whether the next port will do where that one is taken. */
  readonly isAnyPort: boolean;
  /** How long the headers of a request may take to arrive, in ms. Default 15,000. */
  readonly headersMs?: number;
  /** How long a connection may be still while a request is answered, for example as nobody reads it, in ms. Default 30,000. */
  readonly stillMs?: number;
  /** Connections at the same time; further ones are closed. Default 1,024. */
  readonly connections?: number;
}

/** Listens until the scope closes, and gives the port. */
export function listen(options: ListenOptions): Effect.Effect<number, CannotListen, Scope.Scope> {
  const server = Effect.acquireRelease(
    Effect.tryPromise({
      try: () => firstFree(options),
      catch: (cause) => new CannotListen({ host: options.hostname, port: options.port, cause }),
    }),
    (server) => Effect.promise(() => close(server)),
  );
  return Effect.map(server, portOf);
}

async function firstFree(options: ListenOptions): Promise<Server> {
  for (let attempt = 0;; attempt++) {
    try {
      return await open(options, options.port + attempt);
    } catch (error) {
      if (!options.isAnyPort || !isTaken(error) || attempt + 1 >= ATTEMPTS) throw error;
    }
  }
}

function open(options: ListenOptions, port: number): Promise<Server> {
  const { fetch, hostname, headersMs = HEADERS_MS, stillMs = STILL_MS, connections = CONNECTIONS } = options;
  const answer = getRequestListener(fetch, {
    hostname,
    // What a program makes of Request and Response is its own business.
    overrideGlobalObjects: false,
    errorHandler: (error) => refusal(refusalOf(error)),
  });
  const times = {
    headersTimeout: headersMs,
    requestTimeout: REQUEST_MS,
    connectionsCheckingInterval: Math.min(CHECK_MS, headersMs),
  };
  const turns = new Turns((request, response) => {
    // It answers for itself, errors included.
    answer(request, response).catch(() => response.destroy());
  }, WAITING);
  const server = createServer(times, (request, response) => turns.take(request, response));
  server.maxConnections = connections;
  // Bun counts from the beginning of an answer, and would cut event streams.
  if (process.versions["bun"] === undefined) server.timeout = stillMs;
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, hostname, () => {
      server.off("error", reject);
      resolve(server);
    });
  });
}

/** What comes before there is a request is the client's doing: an address or a `Host` that is none. */
function refusalOf(error: unknown): HttpRefusal {
  if (error instanceof RequestError) return badRequest("the request's path and its header Host make no address");
  return new HttpRefusal({ status: 500, error: "failed", detail: printable(String(error)) });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
