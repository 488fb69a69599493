/**
 * A device in a room of a LiveKit server. Run it with `npx node examples/livekit_gateway.ts`, `npx bun
 * examples/livekit_gateway.ts` or `npx deno run --allow-net --allow-env --allow-ffi
 * examples/livekit_gateway.ts`; a second terminal runs livekit_viewer.ts the same way. In a program of your own import
 * from "fieldlink" (npm) or "@fieldlink/fieldlink" (JSR).
 *
 * LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET and LIVEKIT_ROOM say where; without them it is a server in
 * development mode on this machine.
 */
import process from "node:process";
import { accessToken, livekit } from "../adapters/livekit/mod.ts";
import { Context, Gateway, ParameterStore } from "../mod.ts";

const {
  LIVEKIT_URL: url = "ws://127.0.0.1:7880",
  LIVEKIT_API_KEY: apiKey = "devkey",
  LIVEKIT_API_SECRET: apiSecret = "secret",
  LIVEKIT_ROOM: room = "yard",
} = process.env;

const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json" }); // lossy: on a data track, always fresh
const battery = context.channel({ topic: "/battery", encoding: "json", latch: 1 }); // reliable, and kept for latecomers
battery.log(JSON.stringify({ percent: 87 }));

await using gateway = await Gateway.start({
  name: "rover-7",
  context,
  transport: livekit({
    url,
    ...(url.includes("//127.0.0.1") ? { iceServers: [] } : {}), // here nobody has to be asked where this machine is
    // Called for each connection: tokens expire. A device in the field gets its tokens from a server of yours.
    token: () => accessToken({ apiKey, apiSecret, room, identity: "rover-7" }),
  }),
  services: [{ name: "/turn", request: { encoding: "json" }, handler: (request) => ({ turned: request.json() }) }],
  parameters: new ParameterStore({ parameters: [{ name: "max_speed", value: 1.5 }] }),
});
console.log(`rover-7 in room "${room}" of ${url}; Ctrl-C ends it`);

const start = Date.now();
const timer = setInterval(() => {
  const t = (Date.now() - start) / 1000;
  pose.log(JSON.stringify({ x: Math.cos(t), y: Math.sin(t) }));
}, 50);

await new Promise<void>((resolve) => {
  process.once("SIGINT", resolve);
  process.once("SIGTERM", resolve);
});
clearInterval(timer);
await gateway.drain();
