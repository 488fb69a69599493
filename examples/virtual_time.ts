/**
 * A lossy link, tested without a network and without waiting: two seconds of virtual time, and the same seed gives the
 * same result every time, on every run-time.
 */
import { Context, Gateway, Viewer } from "../mod.ts";
import { VirtualHub } from "../testing.ts";

const hub = new VirtualHub({ seed: 7 });
const context = new Context({ clock: hub.clock });
const imu = context.channel({ topic: "/imu", encoding: "json" });
const gateway = await Gateway.start({ name: "rover", context, transport: hub.transport({ identity: "rover" }) });
const viewer = await Viewer.connect(hub.transport({ identity: "viewer-1" }));

let received = 0;
viewer.subscribe("/imu").onMessage(() => received += 1);
hub.participant("viewer-1").setConditions({ down: { latencyMs: 80, jitterMs: 20, loss: 0.02 } });
await hub.advance(1_000);

for (let n = 0; n < 100; n += 1) {
  imu.log(JSON.stringify({ n }));
  await hub.advance(10);
}
await hub.advance(200);
console.log(`${received} of 100 messages arrived`);

await viewer.close();
await gateway.close();
