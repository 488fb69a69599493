/**
 * A viewer of the device that livekit_gateway.ts is, which says how to run both.
 */
import process from "node:process";
import { accessToken, livekit } from "../adapters/livekit/mod.ts";
import { Viewer } from "../mod.ts";

const {
  LIVEKIT_URL: url = "ws://127.0.0.1:7880",
  LIVEKIT_API_KEY: apiKey = "devkey",
  LIVEKIT_API_SECRET: apiSecret = "secret",
  LIVEKIT_ROOM: room = "yard",
} = process.env;

const identity = `viewer-${crypto.randomUUID().slice(0, 8)}`;
const token = () => accessToken({ apiKey, apiSecret, room, identity });
const ice = url.includes("//127.0.0.1") ? { iceServers: [] } : {}; // here nobody has to be asked where this machine is
await using viewer = await Viewer.connect(livekit({ url, token, ...ice }));
console.log(`connected to ${(await viewer.device()).name}`);

const reply = await viewer.callService("/turn", { degrees: 90 });
console.log("/turn", reply.json());

for await (const message of viewer.subscribe("/battery")) {
  console.log(message.topic, message.json());
  break;
}

let left = 5;
for await (const message of viewer.subscribe("/pose")) {
  console.log(message.topic, message.json());
  left -= 1;
  if (left === 0) break;
}
