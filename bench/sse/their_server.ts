/**
 * The same with better-sse: a channel that everybody is registered with. What is sent is as much, as text.
 */
import { createServer } from "node:http";
import { createChannel, createSession } from "better-sse";
import { type Line, number, obey, say } from "../support/child.ts";
import { pace, portOf, stampedText } from "./common.ts";

/** So many events may be handed over before others have their turn. */
const SLICE_EVENTS = 16;

const channel = createChannel();
const server = createServer(async (request, response) => {
  channel.register(await createSession(request, response, { keepAlive: 8_000 }));
  say("subscribed");
});
server.listen(0, "127.0.0.1", () => say("ready", { port: portOf(server), channelId: 0 }));

const flood = async (command: Line): Promise<void> => {
  const [bytes, messages] = [number(command, "bytes"), number(command, "messages")];
  const payload = stampedText(bytes);
  for (let sent = 0; sent < messages; sent++) {
    channel.broadcast(payload);
    if (sent % SLICE_EVENTS === 0) await new Promise(setImmediate);
  }
  say("sent");
};

await obey({
  flood,
  each: flood,
  pace: (command: Line) => pace(command, (bytes) => channel.broadcast(stampedText(bytes))),
});
process.exit(0);
