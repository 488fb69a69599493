/**
 * Joins that fail and rooms that are left at once, one after the other; prints what has become of the peer connections
 * and of the process's threads. Arguments: URL, API key, secret, room, a URL where nobody listens.
 */
import { readdirSync } from "node:fs";
import { Viewer } from "../../../mod.ts";
import { accessToken, livekit } from "../../../adapters/livekit/mod.ts";
import { installWebRtc } from "../../../adapters/livekit/webrtc/install.ts";

const [url = "", apiKey = "", apiSecret = "", room = "", nowhere = ""] = process.argv.slice(2);
const rejections: Array<string> = [];
process.on("unhandledRejection", (reason) => rejections.push(String(reason)));

await installWebRtc();
const open = new Set<RTCPeerConnection>();
const made = { count: 0 };
globalThis.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(configuration?: RTCConfiguration) {
    super(configuration);
    open.add(this);
    made.count++;
  }

  override close(): void {
    open.delete(this);
    super.close();
  }
};

/** Where the system tells how many there are. */
function threads(): number {
  return process.platform === "linux" ? readdirSync("/proc/self/task").length : 0;
}

const common = { iceServers: [], logLevel: "silent" } as const;
const counts: Array<number> = [];
for (const attempt of Array(12).keys()) {
  const wrong = attempt % 2 === 0 ? { url: nowhere, token: "e30.e30.x" } : { url, token: "e30.e30.x" };
  await Viewer.connect(livekit({ ...common, ...wrong })).then(() => rejections.push("joined"), () => {});
  counts.push(threads());
}
for (const attempt of Array(6).keys()) {
  const token = () => accessToken({ apiKey, apiSecret, room, identity: `viewer-${attempt}` });
  const viewer = await Viewer.connect(livekit({ ...common, url, token }));
  await viewer.close();
}

process.on("exit", () => {
  console.log(JSON.stringify({
    rejections,
    made: made.count,
    open: open.size,
    // What comes to live in the first ones stays.
    threadsMore: (counts.at(-1) ?? 0) - (counts[3] ?? 0),
  }));
});
