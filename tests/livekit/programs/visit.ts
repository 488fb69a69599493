/**
 * A device and a viewer of it in one process: they meet, one message goes over, they leave, and nothing is left to do.
 * Prints what was seen, and at the very end how long the end took. Arguments: URL, API key, secret, room.
 */
import { Context, Gateway, Viewer } from "../../../mod.ts";
import { accessToken, livekit } from "../../../adapters/livekit/mod.ts";

const [url = "", apiKey = "", apiSecret = "", room = ""] = process.argv.slice(2);
const rejections: Array<string> = [];
process.on("unhandledRejection", (reason) => rejections.push(String(reason)));

function transport(identity: string) {
  const token = () => accessToken({ apiKey, apiSecret, room, identity });
  return livekit({ url, token, iceServers: [] });
}

const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
const gateway = await Gateway.start({ name: "rover", context, transport: transport("rover") });
const viewer = await Viewer.connect(transport("viewer"));
const subscription = viewer.subscribe("/pose");
const timer = setInterval(() => pose.log(JSON.stringify({ x: 1 })), 20);
for await (const message of subscription) {
  console.log(new TextDecoder().decode(message.data));
  break;
}
clearInterval(timer);
await viewer.close();
await gateway.close();

const left = performance.now();
process.on("exit", (code) => {
  console.log(JSON.stringify({ rejections, code, tookMs: Math.round(performance.now() - left) }));
});
