/**
 * A handler behind a real socket: on each run-time by what that run-time has.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";

type Handler = (request: Request, info?: unknown) => Promise<Response>;

interface Listening {
  readonly port: number;
  readonly close: () => Promise<void>;
}

interface RunTimes {
  readonly Deno?: {
    serve(
      options: { hostname: string; port: number; onListen: () => void },
      handler: Handler,
    ): { readonly addr: { readonly port: number }; shutdown(): Promise<void>; unref(): void };
  };
  readonly Bun?: {
    serve(
      options: { hostname: string; port: number; fetch: Handler },
    ): { readonly port: number; stop(closesConnections: boolean): Promise<void> };
  };
}

const { Deno: deno, Bun: bun } = globalThis as RunTimes;

/** Which one serves. */
export const served: string = deno !== undefined ? "Deno.serve" : bun !== undefined ? "Bun.serve" : "Node's http";

async function open(handler: Handler): Promise<Listening> {
  const hostname = "127.0.0.1";
  if (deno !== undefined) {
    const server = deno.serve({ hostname, port: 0, onListen: () => {} }, handler);
    // It would wait for streams that nobody ends.
    const close = (): Promise<void> =>
      Promise.race([server.shutdown(), new Promise<void>((end) => setTimeout(end, 500))]);
    return { port: server.addr.port, close };
  }
  if (bun !== undefined) {
    const server = bun.serve({ hostname, port: 0, fetch: handler });
    return { port: server.port, close: () => server.stop(true) };
  }
  const [{ createServer }, { getRequestListener }] = await Promise.all([
    import("node:http"),
    import("@hono/node-server"),
  ]);
  const server = createServer(getRequestListener(handler, { overrideGlobalObjects: false }));
  await new Promise<void>((resolve) => server.listen(0, hostname, resolve));
  const address = server.address();
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { port: typeof address === "object" && address !== null ? address.port : 0, close };
}

/** Listens for as long as the scope is open, and gives the URL. */
export function listen(handler: Handler): Effect.Effect<string, never, Scope.Scope> {
  const listening = Effect.acquireRelease(
    Effect.promise(() => open(handler)),
    ({ close }) => Effect.promise(close),
  );
  return Effect.map(listening, ({ port }) => `http://127.0.0.1:${port}/`);
}
