/**
 * Joins and leaves, as a viewer and as a device, and says after each time what the process holds; and in the end, where
 * the run-time can tell, how many rooms are still there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import * as v8 from "node:v8";
import { loadClient } from "../../../../adapters/livekit/client.ts";
import { Context, Gateway, Viewer } from "../../../../mod.ts";
import { holdings, say, type Settings, settings, wayIn } from "../support/self.ts";

interface CycleSettings extends Settings {
  readonly cycles: number;
}

const told = settings<CycleSettings>({ cycles: 30 });
const log = () => {};
for (let cycle = 1; cycle <= told.cycles; cycle += 1) {
  const viewer = await Viewer.connect(wayIn(told), { log });
  const first = new Promise((resolve) => viewer.subscribe("/count").onMessage(resolve));
  await first;
  await viewer.close();
  // In a room of its own: the device that the viewer sees stays the only one in the other.
  const transport = wayIn({ ...told, room: `${told.room}-devices`, identity: "device" });
  const gateway = await Gateway.start({ name: "rover", context: new Context(), transport, log });
  await gateway.connected();
  await gateway.close();
  say({ cycle, ...holdings() });
}
say({ done: told.cycles });
const { Room } = await loadClient();
const query: unknown = Reflect.get(v8, "queryObjects");
while (typeof query === "function") {
  say({ rooms: query(Room) });
  // livekit-client's timers hold a room for up to 15 s after it was left.
  await sleep(2_000);
}
