/**
 * A device that is served over HTTP, as an application would make it: one reliable channel.
 */
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { sse } from "../../adapters/sse/mod.ts";
import { Context, Gateway } from "../../mod.ts";
import { type Line, number, obey, say } from "../support/child.ts";
import { pace, portOf, stamped } from "./common.ts";

/** So long may sending go on before others have their turn, in ms. */
const SLICE_MS = 4;

const context = new Context();
const channel = context.channel({ topic: "/reliable", encoding: "json", qos: "reliable" });
// The clients say nothing after they have subscribed.
const http = sse({ resumeTtlMs: 600_000, limits: { sessions: 4_096, requestsPerSecond: 100_000 } });
const gateway = await Gateway.start({
  name: "device",
  context,
  transport: http,
  onSubscribe: () => say("subscribed"),
});
const server = createServer(getRequestListener(http.fetch, { overrideGlobalObjects: false }));
server.listen(0, "127.0.0.1", () => say("ready", { port: portOf(server), channelId: channel.id }));

await obey({
  /** So many messages, as fast as they go. */
  flood: async (command: Line) => {
    const [bytes, messages] = [number(command, "bytes"), number(command, "messages")];
    const payload = stamped(bytes);
    let turn = performance.now();
    for (let sent = 0; sent < messages; sent++) {
      channel.log(payload);
      if (!channel.hasRoom) await channel.ready();
      if (performance.now() - turn < SLICE_MS) continue;
      await new Promise(setImmediate);
      turn = performance.now();
    }
    say("sent");
  },
  /** So many messages, each of which has left before the next one comes. */
  each: async (command: Line) => {
    const [bytes, messages] = [number(command, "bytes"), number(command, "messages")];
    const payload = stamped(bytes);
    for (let sent = 0; sent < messages; sent++) {
      channel.log(payload);
      await new Promise(setImmediate);
      if (!channel.hasRoom) await channel.ready();
    }
    say("sent");
  },
  /** So many a second. */
  pace: (command: Line) => pace(command, (bytes) => channel.log(stamped(bytes))),
});
await gateway.close();
process.exit(0);
