/**
 * The same with livekit-client alone: a byte stream to all that are there, and a data track. Arguments: URL, token.
 */
import { loadClient } from "../../adapters/livekit/client.ts";
import { type Line, say } from "../support/child.ts";
import { send } from "./sending.ts";

/** What fits into one packet of a data track, next to a time stamp. */
const PACKET_BYTES = 15_976;

const [url = "", token = ""] = process.argv.slice(2);
const { Room, setLogLevel } = await loadClient();
setLogLevel("silent");
const room = new Room();
await room.connect(url, token, { rtcConfig: { iceServers: [] } });
const track = await room.localParticipant.publishDataTrack({ name: "bench" });
let writer: Awaited<ReturnType<typeof room.localParticipant.streamBytes>> | undefined;
/** Frames of several packets go one after the other, or next to nothing would arrive. */
let last: Promise<void> = Promise.resolve();
say("ready");

await send({
  reliable: (message) => writer?.write(message),
  lossy: (payload) => {
    const frame = { payload: new Uint8Array(payload), userTimestamp: 1n };
    if (payload.length <= PACKET_BYTES) return void track.tryPush(frame).catch(() => {});
    last = last.then(() => track.tryPush(frame)).then(() => track.flush()).catch(() => {});
  },
  hasWindow: true,
  close: () => room.disconnect(),
  commands: {
    open: async (command: Line) => {
      await writer?.close();
      const identities = command["identities"];
      if (!Array.isArray(identities)) throw new Error("nobody to send to");
      writer = await room.localParticipant.streamBytes({
        topic: "bench",
        destinationIdentities: identities.map(String),
      });
      say("opened");
    },
  },
});
process.exit(0);
