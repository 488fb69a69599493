/**
 * A device that is reached with nothing but HTTP, under Node. Run it with `npx node examples/sse_node.ts [PORT]`, and watch
 * it with `npx fieldlink view http://127.0.0.1:8787/`. In a program of your own import from "fieldlink".
 */
import { createServer } from "node:http";
import process from "node:process";
import { getRequestListener } from "@hono/node-server";
import { sse } from "../adapters/sse/mod.ts";
import { Context, Gateway } from "../mod.ts";

const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json" });

// Who listens on more than this machine says so, as `hostname`, and says with `authorize` who may do what.
const transport = sse({ identity: "rover-7" });
await using gateway = await Gateway.start({ name: "rover-7", context, transport });

// TLS is the server's: `createServer` of node:https, or a proxy in front of it. The timeouts are against slow requests.
const server = createServer({ headersTimeout: 15_000, requestTimeout: 120_000 }, getRequestListener(transport.fetch));
server.listen(Number(process.argv[2] ?? 8787), "127.0.0.1", () => {
  const address = server.address();
  console.log(`http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/ ; Ctrl-C ends it`);
});

const timer = setInterval(() => pose.log(JSON.stringify({ x: Math.random() })), 50);
await new Promise<void>((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});
clearInterval(timer);
await gateway.close();
server.close();
server.closeAllConnections();
