/**
 * A device that is reached with nothing but HTTP, under Deno. Run it with `npx deno run --allow-net --allow-env
 * examples/sse_deno.ts [PORT]`, and watch it with `npx fieldlink view http://127.0.0.1:8787/`. In a program of your own
 * import from "@fieldlink/fieldlink".
 */
import process from "node:process";
import { sse } from "../adapters/sse/mod.ts";
import { Context, Gateway } from "../mod.ts";

const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json" });

// Who listens on more than this machine says so, as `hostname`, and says with `authorize` who may do what.
const transport = sse({ identity: "rover-7" });
await using gateway = await Gateway.start({ name: "rover-7", context, transport });

// TLS is the server's: give it `cert` and `key`, or put a proxy in front of it.
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 8787),
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}/ ; Ctrl-C ends it`),
}, transport.fetch);

const timer = setInterval(() => pose.log(JSON.stringify({ x: Math.random() })), 50);
await new Promise<void>((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});
clearInterval(timer);
await gateway.close();
await server.shutdown();

/** What is used here of Deno's own; a program that is checked by Deno needs none of this. */
declare const Deno: {
  serve(
    options: { hostname: string; port: number; onListen: (address: { port: number }) => void },
    handler: (request: Request) => Promise<Response>,
  ): { shutdown(): Promise<void> };
};
