/**
 * A viewer, in a room for each of the devices: the library's for ours and for the peer's, livekit-client's own for the
 * raw one. Counts what arrives, and when.
 */
import { livekit } from "../../adapters/livekit/mod.ts";
import { loadClient } from "../../adapters/livekit/client.ts";
import { Viewer } from "../../mod.ts";
import { type Line, number, obey, say, text } from "../support/child.ts";

/** How often it is told how many have arrived, in ms. */
const PROGRESS_MS = 5;

/** What arrives of one kind. */
class Arrivals {
  messages = 0;
  bytes = 0;
  /** How long messages took, in ms. */
  readonly took: Array<number> = [];
  #first = 0;
  #last = 0;
  #wantsTimes = false;
  /** What makes a message, where they come in pieces. */
  #size = 0;

  begin(command: Line): void {
    this.messages = 0;
    this.bytes = 0;
    this.took.length = 0;
    this.#first = 0;
    this.#wantsTimes = command["times"] === true;
    this.#size = number(command, "bytes");
  }

  take(data: Uint8Array): void {
    this.bytes += data.length;
    this.messages = data.length === this.#size ? this.messages + 1 : Math.floor(this.bytes / Math.max(1, this.#size));
    this.#last = performance.now();
    if (this.#first === 0) this.#first = this.#last;
    if (!this.#wantsTimes || data.length < 8) return;
    const sent = new DataView(data.buffer, data.byteOffset).getBigUint64(0, true);
    this.took.push(Number(process.hrtime.bigint() - sent) / 1e6);
  }

  report(): Line {
    return { messages: this.messages, bytes: this.bytes, ms: this.#last - this.#first, took: this.took };
  }
}

const arrivals = new Map<string, Arrivals>();
const leaves: Array<() => Promise<void>> = [];
let watched: Arrivals | undefined;
let told = -1;
setInterval(() => {
  if (watched === undefined || watched.messages === told) return;
  told = watched.messages;
  say("progress", { messages: told });
}, PROGRESS_MS).unref();

function arrivalsOf(kind: string): Arrivals {
  const known = arrivals.get(kind);
  if (known !== undefined) return known;
  const made = new Arrivals();
  arrivals.set(kind, made);
  return made;
}

async function joinRaw(url: string, token: string, seen: Arrivals): Promise<void> {
  const { Room, setLogLevel } = await loadClient();
  setLogLevel("silent");
  const room = new Room();
  room.registerByteStreamHandler("bench", async (reader) => {
    try {
      for await (const chunk of reader) seen.take(chunk);
    } catch {
      // A sender that leaves breaks its streams off.
    }
  });
  room.on("dataTrackPublished", async (track) => {
    track.setPipelineOptions({ maxPartialFrames: 16 });
    const reader = track.subscribe({ bufferSize: 4_096 }).getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) seen.take(next.value.payload);
  });
  await room.connect(url, token, { rtcConfig: { iceServers: [] } });
  leaves.push(() => room.disconnect());
}

async function joinOurs(url: string, token: string, seen: Arrivals): Promise<void> {
  const viewer = await Viewer.connect(livekit({ url, token, iceServers: [] }));
  for (const topic of ["/reliable", "/lossy"]) viewer.subscribe(topic).onMessage(({ data }) => seen.take(data));
  leaves.push(() => viewer.close());
}

await obey({
  join: async (command) => {
    const [url, token, kind] = [text(command, "url"), text(command, "token"), text(command, "kind")];
    const seen = arrivalsOf(kind);
    await (kind === "raw" ? joinRaw(url, token, seen) : joinOurs(url, token, seen));
    say("joined");
  },
  /** From the call that connects to the first message. */
  firstMessage: async (command) => {
    const [url, token] = [text(command, "url"), text(command, "token")];
    const start = performance.now();
    const viewer = await Viewer.connect(livekit({ url, token, iceServers: [] }));
    await new Promise<void>((resolve) => void viewer.subscribe("/reliable").onMessage(() => resolve()));
    const ms = performance.now() - start;
    await viewer.close();
    say("firstMessage", { ms });
  },
  begin: (command) => {
    watched = arrivalsOf(text(command, "kind"));
    watched.begin(command);
    told = -1;
    say("begun");
  },
  report: () => say("report", watched?.report() ?? {}),
});
await Promise.all(leaves.map((leave) => leave()));
process.exit(0);
