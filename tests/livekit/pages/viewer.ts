/** A page that visits a device with this library's viewer. */
import { Viewer } from "@fieldlink/fieldlink";
import { livekit } from "@fieldlink/fieldlink/livekit";
import { MESSAGES, type Seen, type Visit } from "./visit.ts";

const decoder = new TextDecoder();

async function take(viewer: Viewer, topic: string): Promise<Array<string>> {
  const taken: Array<string> = [];
  for await (const message of viewer.subscribe(topic)) {
    taken.push(decoder.decode(message.data));
    if (taken.length === MESSAGES) break;
  }
  return taken;
}

async function visit({ url, token }: Visit): Promise<Seen> {
  await using viewer = await Viewer.connect(livekit({ url, token, iceServers: [] }));
  const [reliable, lossy] = await Promise.all([take(viewer, "/reliable"), take(viewer, "/lossy")]);
  const reply = await viewer.callService("/add", { a: 2, b: 3 }, { timeoutMs: 20_000 });
  const command = viewer.channel({ topic: "/command", encoding: "json" });
  await command.ready();
  if (!command.publish('{"go":true}')) throw new Error("the command was not taken");
  // Answered after the command, which went before it on the same stream.
  await viewer.callService("/add", { a: 0, b: 0 }, { timeoutMs: 20_000 });
  return { device: viewer.serverInfo?.name ?? "", reliable, lossy, sum: decoder.decode(reply.data) };
}

Object.assign(globalThis, { visit });
