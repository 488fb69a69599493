/**
 * A device that counts, on a reliable and on a lossy channel.
 */
import { Context, Gateway } from "../../../../mod.ts";
import { holdings, say, type Settings, settings, wayIn } from "../support/self.ts";

interface DeviceSettings extends Settings {
  /** Ms between two messages; 0: none. */
  readonly reliableEveryMs: number;
  readonly lossyEveryMs: number;
  /** Bytes of a message, about. */
  readonly reliableBytes: number;
  readonly lossyBytes: number;
  /** The first number. */
  readonly from: number;
}

const told = settings<DeviceSettings>({
  reliableEveryMs: 10,
  lossyEveryMs: 0,
  reliableBytes: 20,
  lossyBytes: 1000,
  from: 0,
});
const context = new Context();
const count = context.channel({ topic: "/count", encoding: "text", qos: "reliable" });
const scan = context.channel({ topic: "/scan", encoding: "text" });
const reasons: Array<unknown> = [];
let resets = 0;
const gateway = await Gateway.start({
  name: told.identity,
  context,
  transport: wayIn(told),
  log: (_level, message, fields) => {
    if (message.startsWith("the room is lost")) reasons.push(fields?.["reason"]);
    if (message === "a viewer is reset") resets += 1;
  },
  onPresence: ({ client }, change) => say({ [change]: client.identity }),
});
await gateway.connected();
say({ ready: process.pid });

let next = told.from;
let scans = 0;
const every = (ms: number, log: () => void) => ms > 0 && setInterval(log, ms);
const text = (number: number, bytes: number) => `${number} `.padEnd(bytes, "x");
every(told.reliableEveryMs, () => count.log(text(next++, told.reliableBytes)));
every(told.lossyEveryMs, () => scan.log(text(scans++, told.lossyBytes)));
setInterval(
  () => say({ next, scans, reasons, resets, viewers: gateway.viewers.length, ...holdings() }),
  500,
);
