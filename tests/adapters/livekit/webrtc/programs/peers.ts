/**
 * Two peer connections of what has been installed, connected on this host; prints what became of everything as JSON,
 * and ends by itself with the exit code 7.
 */
import { installWebRtc } from "../../../../../adapters/livekit/webrtc/install.ts";

const rejections: Array<string> = [];
process.on("unhandledRejection", (reason) => rejections.push(String(reason)));

const support = await installWebRtc();
const a = new RTCPeerConnection({ iceServers: [] });
const b = new RTCPeerConnection({ iceServers: [] });
const late: Array<RTCIceCandidate> = [];
a.onicecandidate = ({ candidate }) => {
  if (candidate === null) return;
  late.push(candidate);
  void b.addIceCandidate(candidate);
};
b.onicecandidate = ({ candidate }) => void (candidate === null || a.addIceCandidate(candidate));
const arrived = new Promise<RTCTrackEvent>((resolve) => b.ontrack = resolve);
const opened = new Promise<RTCDataChannel>((resolve) => b.ondatachannel = ({ channel }) => resolve(channel));
a.createDataChannel("talk");
a.addTransceiver("video", { direction: "sendonly" });
await a.setLocalDescription(await a.createOffer());
if (a.localDescription !== null) await b.setRemoteDescription(a.localDescription);
await b.setLocalDescription(await b.createAnswer());
if (b.localDescription !== null) await a.setRemoteDescription(b.localDescription);
const event = await arrived;
const channel = await opened;
const { track, receiver, transceiver } = event;
await track.applyConstraints({ width: 320 });
const ends = [...a.getSenders(), ...a.getReceivers(), ...b.getSenders(), ...b.getReceivers(), receiver];
ends.push(transceiver.receiver, transceiver.sender);
const stats = await Promise.all(ends.map((end) => end.getStats()));
const seen = {
  support,
  track: [track.getConstraints(), track.getCapabilities(), typeof track.getSettings(), track.contentHint],
  same: transceiver.receiver === receiver && b.getReceivers().includes(receiver),
  reports: stats.map((report) => [...report.values()].some(({ type }) => type === "transport")),
  channel: channel.label,
  afterwards: {},
};
a.close();
b.close();
await Promise.all(late.map((candidate) => b.addIceCandidate(candidate)));
seen.afterwards = { stats: [(await receiver.getStats()).size, (await a.getStats()).size], late: late.length > 0 };

process.exitCode = 7;
process.on("exit", (code) => console.log(JSON.stringify({ ...seen, rejections, code })));
