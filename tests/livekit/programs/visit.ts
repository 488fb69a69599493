/**
 * A device and a viewer of it in one process: they meet, one message goes over each way there is, they leave, and nothing is left to do.
 * Prints what was seen, and at the very end how long the end took. Arguments: URL, API key, secret, room.
 */
import { Context, Gateway, Viewer } from "../../../mod.ts";
import { accessToken, livekit } from "../../../adapters/livekit/mod.ts";

const [url = "", apiKey = "", apiSecret = "", room = ""] = process.argv.slice(2);
const rejections: Array<string> = [];
process.on("unhandledRejection", (reason) => rejections.push(String(reason)));

function transport(identity: string) {
  const token = () => accessToken({ apiKey, apiSecret, room, identity });
  // What livekit-client finds worth a warning is none of this program's printing.
  return livekit({ url, token, iceServers: [], logLevel: "error" });
}

const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
const scan = context.channel({ topic: "/scan", encoding: "json", qos: "lossy" });
const gateway = await Gateway.start({ name: "rover", context, transport: transport("rover") });
const viewer = await Viewer.connect(transport("viewer"));
const subscriptions = [viewer.subscribe("/pose"), viewer.subscribe("/scan")];
const timer = setInterval(() => {
  pose.log(JSON.stringify({ x: 1 }));
  scan.log(JSON.stringify({ ranges: [2] }));
}, 20);
for (const subscription of subscriptions) {
  for await (const message of subscription) {
    console.log(new TextDecoder().decode(message.data));
    break;
  }
}
clearInterval(timer);
await viewer.close();
await gateway.close();

const left = performance.now();
process.on("exit", (code) => {
  console.log(JSON.stringify({ rejections, code, tookMs: Math.round(performance.now() - left) }));
});
