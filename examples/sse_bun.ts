/**
 * A device that is reached with nothing but HTTP, under Bun. Run it with `npx bun examples/sse_bun.ts [PORT]`, and watch it
 * with `npx fieldlink view http://127.0.0.1:8787/`. In a program of your own import from "fieldlink".
 */
import process from "node:process";
import { sse } from "../adapters/sse/mod.ts";
import { Context, Gateway } from "../mod.ts";

const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json" });

// Who listens on more than this machine says so, as `hostname`, and says with `authorize` who may do what.
const transport = sse({ identity: "rover-7" });
await using gateway = await Gateway.start({ name: "rover-7", context, transport });

// TLS is the server's: give it `tls`, or put a proxy in front of it.
const server = Bun.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 8787),
  fetch: (request) => transport.fetch(request),
});
console.log(`http://127.0.0.1:${server.port}/ ; Ctrl-C ends it`);

const timer = setInterval(() => pose.log(JSON.stringify({ x: Math.random() })), 50);
await new Promise<void>((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});
clearInterval(timer);
await gateway.close();
await server.stop(true);

/** What is used here of Bun's own; a program with @types/bun needs none of this. */
declare const Bun: {
  serve(
    options: { hostname: string; port: number; fetch: (request: Request) => Promise<Response> },
  ): { readonly port: number; stop(closesConnections: boolean): Promise<void> };
};
