// A connection as livekit-client makes it: which of its media sections it gathers candidates for.
import { connectOptions } from "../../../../../adapters/livekit/connect_options.ts";

const { rtcConfig } = await connectOptions({ iceServers: [] });
const connection = new RTCPeerConnection(rtcConfig);
connection.createDataChannel("data");
connection.addTransceiver("audio", { direction: "recvonly" });
connection.addTransceiver("video", { direction: "recvonly" });
const sections = new Set<string | null>();
const gathered = new Promise<void>((resolve) =>
  connection.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate === null) resolve();
    else sections.add(candidate.sdpMid);
  })
);
await connection.setLocalDescription(await connection.createOffer());
await gathered;
const offered = connection.localDescription?.sdp.match(/^m=\w+ \d+/gm)?.map((line) => line.replace(/ .*/, ""));
connection.close();
console.log(JSON.stringify({ offered, gatheredFor: [...sections] }));
