/**
 * Two peer connections in one process: whether WebRTC works here at all, without any server.
 */

/** What two peer connections have come to. */
export interface PeerPair {
  /** From making them to an open data channel, in ms. */
  readonly connectMs: number;
  /** There and back, of one byte, in ms. */
  readonly echoMs: number;
  /** The largest message that they have agreed on, in bytes; Infinity: there is no bound. */
  readonly maxMessageBytes: number;
  /** The largest message that was sent there and back. */
  readonly sentBytes: number;
}

/** No message larger than this is tried: some implementations do not survive what they say they take. */
const MAX_TRIED_BYTES = 256 * 1024;
const SMALL_BYTES = 16 * 1024;

/** Connects two peer connections to each other, and sends messages of several sizes there and back. */
export async function connectPair(signal: AbortSignal): Promise<PeerPair> {
  const near = new RTCPeerConnection({ iceServers: [] });
  const far = new RTCPeerConnection({ iceServers: [] });
  try {
    const begin = performance.now();
    exchangeCandidates(near, far);
    exchangeCandidates(far, near);
    far.addEventListener("datachannel", ({ channel }) => {
      channel.binaryType = "arraybuffer";
      channel.addEventListener("message", ({ data }) => channel.send(data));
    });
    const channel = near.createDataChannel("fieldlink");
    channel.binaryType = "arraybuffer";
    const opened = eventOf(channel, "open", signal);
    // It may fail before anybody waits for it.
    opened.catch(() => undefined);
    await near.setLocalDescription(await near.createOffer());
    await far.setRemoteDescription(described(near));
    await far.setLocalDescription(await far.createAnswer());
    await near.setRemoteDescription(described(far));
    await opened;
    const connectMs = performance.now() - begin;
    const sent = performance.now();
    await echo(channel, 1, signal);
    const echoMs = performance.now() - sent;
    const maxMessageBytes = near.sctp?.maxMessageSize ?? SMALL_BYTES;
    const largest = Math.min(maxMessageBytes, MAX_TRIED_BYTES);
    for (const size of [Math.min(SMALL_BYTES, largest), largest]) await echo(channel, size, signal);
    return { connectMs, echoMs, maxMessageBytes, sentBytes: largest };
  } finally {
    near.close();
    far.close();
  }
}

/** Before the descriptions are exchanged candidates wait, since nobody takes them yet. */
function exchangeCandidates(from: RTCPeerConnection, to: RTCPeerConnection): void {
  let waiting: Array<RTCIceCandidate> | undefined = [];
  const add = (candidate: RTCIceCandidate): void => void to.addIceCandidate(candidate).catch(() => undefined);
  from.addEventListener("icecandidate", ({ candidate }) => {
    if (candidate === null) return;
    if (waiting === undefined) add(candidate);
    else waiting.push(candidate);
  });
  const drain = (): void => {
    if (to.remoteDescription === null) return;
    for (const candidate of waiting ?? []) add(candidate);
    waiting = undefined;
  };
  to.addEventListener("signalingstatechange", drain);
}

function described(peer: RTCPeerConnection): RTCSessionDescription {
  if (peer.localDescription === null) throw new Error("a peer connection has no description of itself");
  return peer.localDescription;
}

async function echo(channel: RTCDataChannel, size: number, signal: AbortSignal): Promise<void> {
  const answered = eventOf(channel, "message", signal);
  channel.send(new Uint8Array(size).fill(7));
  const answer = await answered;
  const data: unknown = "data" in answer ? answer.data : undefined;
  const length = data instanceof ArrayBuffer ? data.byteLength : -1;
  if (length !== size) throw new Error(`a message of ${size} bytes has come back as one of ${length}`);
}

/** The next event of that kind; rejects when the channel fails or the time is over. */
function eventOf(channel: RTCDataChannel, name: "open" | "message", signal: AbortSignal): Promise<Event> {
  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const once = { once: true, signal: ended.signal };
    const settle = (act: () => void): void => {
      ended.abort();
      act();
    };
    const fail = (why: string): void => settle(() => reject(new Error(why)));
    channel.addEventListener(name, (event) => settle(() => resolve(event)), once);
    channel.addEventListener("close", () => fail("the data channel was closed"), once);
    channel.addEventListener("error", () => fail("the data channel has failed"), once);
    signal.addEventListener("abort", () => fail("it has taken too long"), once);
    if (signal.aborted) fail("it has taken too long");
  });
}
