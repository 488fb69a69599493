/**
 * The device as an application would make it: one reliable channel, one lossy one. Arguments: URL, token.
 */
import { livekit } from "../../adapters/livekit/mod.ts";
import { Context, Gateway } from "../../mod.ts";
import { say } from "../support/child.ts";
import { send } from "./sending.ts";

const [url = "", token = ""] = process.argv.slice(2);
const context = new Context();
const reliable = context.channel({ topic: "/reliable", encoding: "json", qos: "reliable" });
const lossy = context.channel({ topic: "/lossy", encoding: "json", qos: "lossy" });
const gateway = await Gateway.start({
  name: "device",
  context,
  transport: livekit({ url, token, iceServers: [] }),
  onSubscribe: () => say("subscribed"),
});
say("ready");

await send({
  reliable: (message) => {
    reliable.log(message);
    return reliable.hasRoom ? undefined : reliable.ready();
  },
  lossy: (message) => lossy.log(message),
  close: () => gateway.close(),
});
process.exit(0);
