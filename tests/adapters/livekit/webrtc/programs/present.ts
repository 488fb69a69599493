/**
 * Installs where there is something already: `connection` has a peer connection of its own, `stream` a media stream
 * only. Prints what was installed, whether what was there is still there, and what is said of bundling.
 */
import { connectOptions } from "../../../../../adapters/livekit/connect_options.ts";
import { installWebRtc } from "../../../../../adapters/livekit/webrtc/install.ts";

const name = process.argv[2] === "connection" ? "RTCPeerConnection" : "MediaStream";
const own = class {};
Object.defineProperty(globalThis, name, { value: own, configurable: true });
const calls = [installWebRtc(), installWebRtc()] as const;
const [{ source, installed }, again] = await Promise.all(calls);
console.log(JSON.stringify({
  source,
  own: Reflect.get(globalThis, name) === own,
  replaced: installed.includes(name),
  installed: installed.length,
  shared: again === await calls[0] && await installWebRtc() === again,
  bundlePolicy: (await connectOptions({})).rtcConfig?.bundlePolicy,
}));
