/**
 * A device and a viewer, with promises. Run it with `node examples/promises.ts`, `bun examples/promises.ts` or
 * `deno run -A examples/promises.ts`. In a program of your own import from "fieldlink" (npm) or
 * "@fieldlink/fieldlink" (JSR).
 */
import { LoopbackHub } from "../adapters/loopback/mod.ts";
import { Context, Gateway, Viewer } from "../mod.ts";

const hub = new LoopbackHub();
const context = new Context();
const pose = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });

await using gateway = await Gateway.start({
  name: "rover-7",
  context,
  transport: hub.transport({ identity: "rover-7" }),
  onSubscribe: (client, channel) => {
    console.log(`${client.identity} has subscribed to ${channel.topic}`);
    for (let x = 0; x < 3; x += 1) pose.log(JSON.stringify({ x, y: 0 }));
  },
});

await using viewer = await Viewer.connect(hub.transport({ identity: "viewer-1" }));
console.log(`connected to ${(await viewer.device()).name}, the gateway is ${gateway.status}`);

let left = 3;
for await (const message of viewer.subscribe("/pose")) {
  console.log(message.topic, message.json());
  left -= 1;
  if (left === 0) break;
}
