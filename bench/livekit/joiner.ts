/**
 * Joins a room twice and leaves it again, over and over. Tells after each cycle how much memory there is after
 * collecting garbage. Arguments: kind, cycles, URL, and two tokens.
 */
import * as Effect from "effect/Effect";
import { loadClient } from "../../adapters/livekit/client.ts";
import { livekit } from "../../adapters/livekit/mod.ts";
import { Context, Gateway, Viewer } from "../../mod.ts";
import { say } from "../support/child.ts";

const [kind = "", cycles = "", url = "", ...tokens] = process.argv.slice(2);
const iceServers: [] = [];

/** Joins with livekit-client alone. */
async function raw(): Promise<void> {
  const { Room, setLogLevel } = await loadClient();
  setLogLevel("silent");
  const rooms = tokens.map(() => new Room());
  await Promise.all(rooms.map((room, index) => room.connect(url, tokens[index]!, { rtcConfig: { iceServers } })));
  await Promise.all(rooms.map((room) => room.disconnect()));
}

/** Joins through the port. */
async function port(): Promise<void> {
  const joins = tokens.map((token) => Effect.scoped(livekit({ url, token, iceServers }).join()));
  await Effect.runPromise(Effect.all(joins, { concurrency: "unbounded", discard: true }));
}

/** A device and a viewer that meet. */
async function library(): Promise<void> {
  const [device = "", viewer = ""] = tokens;
  await using _gateway = await Gateway.start({
    name: "device",
    context: new Context(),
    transport: livekit({ url, token: device, iceServers }),
  });
  await using _viewer = await Viewer.connect(livekit({ url, token: viewer, iceServers }));
}

const join = { raw, port, library }[kind];
if (join === undefined) throw new Error(`no such kind: ${kind}`);
for (let cycle = 0; cycle < Number(cycles); cycle++) {
  await join();
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  say("cycle", { rss, heapUsed });
}
say("done");
process.exit(0);
