/**
 * Gives the run-time the WebRTC that livekit-client expects of a browser.
 */
import { endWithoutTearDown } from "./process_end.ts";
import { loadWrtc, type Wrtc } from "./package.ts";
import { peerConnectionOf } from "./peer_connection.ts";
import { supplyTracks } from "./track.ts";

/** Where this process has its WebRTC from. */
export interface WebRtcSupport {
  /** `native`: the run-time's own, or one that the program has installed before. */
  readonly source: "native" | "@roamhq/wrtc";
  /** The globals that were installed, sorted. Empty where nothing was missing. */
  readonly installed: ReadonlyArray<string>;
}

let support: Promise<WebRtcSupport> | undefined;

/**
 * Installs, from @roamhq/wrtc, those globals of WebRTC that the run-time lacks; what is there is never replaced, and
 * where there is a peer connection the package is not even loaded. To be called before livekit-client is first loaded.
 * Calls share one installation; one that has failed is made again with the next call.
 *
 * Rejects with JoinError `unsupported` when the package is needed and cannot be loaded.
 */
export function installWebRtc(): Promise<WebRtcSupport> {
  support ??= install().catch((error: unknown) => {
    support = undefined;
    throw error;
  });
  return support;
}

async function install(): Promise<WebRtcSupport> {
  if (present("RTCPeerConnection")) return { source: "native", installed: [] };
  const wrtc = await loadWrtc();
  supplyTracks(wrtc.MediaStreamTrack.prototype);
  const globals: Record<string, unknown> = { navigator: {} };
  for (const [name, value] of Object.entries(wrtc)) {
    if (/^(RTC|MediaStream)/.test(name)) globals[name] = value;
  }
  globals["RTCPeerConnection"] = peerConnectionOf(wrtc);
  keepThreads(wrtc);
  endWithoutTearDown();
  return {
    source: "@roamhq/wrtc",
    installed: Object.keys(globals).sort().filter((name) => provide(name, globals[name])),
  };
}

/**
 * The package starts its threads with the first open peer connection and gives them up with the last, but ends them only
 * when its objects are collected: a program that fails to connect, again and again, would gather threads. A track that is
 * made here, and ended at once, keeps one set of threads for the whole process.
 */
function keepThreads(wrtc: Wrtc): void {
  new wrtc.nonstandard.RTCVideoSource().createTrack().stop();
}

function present(name: string): boolean {
  return Reflect.get(globalThis, name) !== undefined;
}

function provide(name: string, value: unknown): boolean {
  if (present(name)) return false;
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  return true;
}
