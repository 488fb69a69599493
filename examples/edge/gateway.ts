/**
 * A device for the container that Containerfile describes: it sends how it is, once a second.
 *
 * LIVEKIT_URL is the server; TOKEN_URL is asked for an access token for each connection, with DEVICE_KEY as its bearer
 * token, so that no secret of the server's is on the device. ICE_SERVERS=none: no STUN server is asked, which is right
 * on one network and where DNS does not work. HEALTH_PORT: where healthy.ts asks.
 */
import { createServer } from "node:http";
import { loadavg } from "node:os";
import process from "node:process";
import { Context, Gateway } from "@fieldlink/fieldlink";
import { livekit, type TokenRequest } from "@fieldlink/fieldlink/livekit";
import { JoinError } from "@fieldlink/fieldlink/transport";

const { LIVEKIT_URL: url = "", TOKEN_URL: tokenUrl = "", DEVICE_KEY: key = "", HEALTH_PORT: port = "8086" } =
  process.env;

async function token({ signal }: TokenRequest): Promise<string> {
  const response = await fetch(tokenUrl, { headers: { authorization: `Bearer ${key}` }, signal });
  // Nobody is to try a wrong key for ever; whatever else is wrong may pass.
  if (response.status === 401) throw new JoinError({ reason: "refused", detail: "the key of this device is wrong" });
  if (!response.ok) throw new Error(`${tokenUrl} answered ${response.status}`);
  return (await response.text()).trim();
}

const context = new Context();
const health = context.channel({ topic: "/health", encoding: "json" });
const gateway = await Gateway.start({
  name: "rover",
  context,
  onStatus: (status) => console.log(status),
  transport: livekit({ url, token, ...(process.env["ICE_SERVERS"] === "none" ? { iceServers: [] } : {}) }),
});

const timer = setInterval(() => {
  const { rss } = process.memoryUsage();
  health.log(JSON.stringify({ load: loadavg()[0], rss, uptime: process.uptime() }));
}, 1_000);

const server = createServer((_request, response) => {
  response.writeHead(gateway.status === "connected" ? 200 : 503).end(gateway.status);
});
server.listen(Number(port), "127.0.0.1");

async function leave(): Promise<void> {
  await gateway.drain(3_000).catch(() => {}); // whoever stops containers waits for 10 s
  await gateway.close();
}
process.once("SIGTERM", leave);
process.once("SIGINT", leave);

// Also where the key is refused: then with an error, and it is for whoever runs the container to start it again.
try {
  await gateway.ended();
} finally {
  clearInterval(timer);
  server.close();
}
