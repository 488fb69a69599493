/**
 * Joins and leaves, as a viewer and as a device, and says after each time what the process holds.
 */
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
  if (typeof globalThis.gc === "function") globalThis.gc();
  say({ cycle, ...holdings() });
}
say({ done: told.cycles });
process.exit(0);
