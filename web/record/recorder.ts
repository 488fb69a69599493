/**
 * Records channels of a device, from the button to the file.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import { type ChannelInfo, VERSION } from "../../mod.ts";
import type { Feed } from "../feed.ts";
import { messageOf } from "../message_of.ts";
import { MAX_DISK_BYTES, MAX_MEMORY_BYTES, MAX_WAITING_BYTES } from "./limits.ts";
import { Recording, type RecordingEnd } from "./recording.ts";
import { DiskSink, MemorySink } from "./sink.ts";

/** Which channels are recorded: all, those that come later included, or some by their topics. */
export type Choice = "all" | ReadonlySet<string>;

/** What is being done. */
export type RecorderState =
  | { readonly kind: "idle" }
  | { readonly kind: "recording"; readonly since: number; readonly maxBytes: number; readonly toDisk: boolean }
  | { readonly kind: "saving" }
  | { readonly kind: "saved"; readonly how: RecordingEnd; readonly name: string; readonly file: Blob | undefined }
  | { readonly kind: "failed"; readonly detail: string };

/** What has come in so far. */
export interface RecorderCounts {
  readonly messages: number;
  readonly bytes: number;
}

/** What gives the feeds of a viewer's channels; another viewer has another. */
export interface FeedSource {
  readonly of: (channel: ChannelInfo) => Feed;
}

interface Listening {
  readonly channel: ChannelInfo;
  readonly stop: () => void;
}

/** How often counts are told, in ms. */
const COUNTS_MS = 250;

/** Makes one recording at a time. */
export class Recorder {
  readonly #state: Signal<RecorderState> = signal({ kind: "idle" });
  readonly #counts: Signal<RecorderCounts> = signal({ messages: 0, bytes: 0 });
  readonly #listening = new Map<number, Listening>();
  #feeds: FeedSource | undefined;
  #recording: Recording | undefined;
  #sink: MemorySink | DiskSink | undefined;
  #choice: Choice = "all";
  #name = "";
  #timer: ReturnType<typeof setInterval> | undefined;

  /** What is being done. */
  get state(): ReadonlySignal<RecorderState> {
    return this.#state;
  }

  /** What has come in so far. */
  get counts(): ReadonlySignal<RecorderCounts> {
    return this.#counts;
  }

  /**
   * Begins. With `toDisk` somebody is asked for a file first. The channels are those of {@linkcode Recorder.follow}.
   * `false`: no file was chosen, or a recording is being made.
   */
  async start({ choice, name, toDisk = false }: {
    readonly choice: Choice;
    /** The file's name. */
    readonly name: string;
    readonly toDisk?: boolean;
  }): Promise<boolean> {
    if (this.#recording !== undefined) return false;
    let sink: MemorySink | DiskSink | undefined;
    try {
      sink = toDisk ? await DiskSink.choose(name) : new MemorySink();
    } catch (error) {
      this.#state.value = { kind: "failed", detail: messageOf(error) };
      return false;
    }
    if (sink === undefined || this.#recording !== undefined) return false;
    const maxBytes = toDisk ? MAX_DISK_BYTES : MAX_MEMORY_BYTES;
    const library = `fieldlink ${VERSION}`;
    this.#recording = new Recording({ sink, library, maxBytes, maxWaitingBytes: MAX_WAITING_BYTES });
    this.#sink = sink;
    this.#choice = choice;
    this.#name = sink instanceof DiskSink ? sink.name : name;
    this.#counts.value = { messages: 0, bytes: 0 };
    this.#state.value = { kind: "recording", since: performance.now(), maxBytes, toDisk };
    this.#timer = setInterval(() => this.#tell(), COUNTS_MS);
    return true;
  }

  /**
   * The channels that there are now, with the feeds of the viewer that is connected; those that are to be recorded are
   * listened to. To be called whenever they change; a channel that is still there goes on without a gap.
   */
  follow(channels: Iterable<ChannelInfo>, feeds: FeedSource | undefined): void {
    if (this.#state.peek().kind !== "recording") return;
    const chosen = [...channels].filter(({ topic }) => this.#choice === "all" || this.#choice.has(topic));
    const wanted = new Map(chosen.map((channel) => [channel.id, channel]));
    for (const [id, { channel, stop }] of this.#listening) {
      if (feeds === this.#feeds && isSame(wanted.get(id), channel)) continue;
      stop();
      this.#listening.delete(id);
    }
    this.#feeds = feeds;
    if (feeds === undefined) return;
    for (const channel of wanted.values()) {
      if (!this.#listening.has(channel.id)) this.#listen(channel, feeds);
    }
  }

  /** Ends the recording; the file is there, or on the disk, when the state says so. */
  async stop(): Promise<void> {
    const recording = this.#recording;
    const sink = this.#sink;
    if (recording === undefined || this.#state.peek().kind !== "recording") return;
    this.#state.value = { kind: "saving" };
    this.#letGo();
    try {
      await recording.stop();
      const file = sink instanceof MemorySink ? sink.blob() : undefined;
      this.#state.value = { kind: "saved", how: recording.ended ?? "stopped", name: this.#name, file };
    } catch (error) {
      this.#state.value = { kind: "failed", detail: messageOf(error) };
    } finally {
      this.#counts.value = { messages: recording.messages, bytes: recording.bytes };
      this.#recording = undefined;
      this.#sink = undefined;
    }
  }

  /** Forgets the last recording. */
  dismiss(): void {
    if (this.#recording === undefined) this.#state.value = { kind: "idle" };
  }

  #listen(channel: ChannelInfo, feeds: FeedSource): void {
    const stop = feeds.of(channel).listen((message) => {
      // What cannot be taken any more ends it: whatever came before is kept.
      if (this.#recording?.add(channel, message) === false) void this.stop();
    });
    this.#listening.set(channel.id, { channel, stop });
  }

  #letGo(): void {
    clearInterval(this.#timer);
    for (const { stop } of this.#listening.values()) stop();
    this.#listening.clear();
    this.#feeds = undefined;
  }

  #tell(): void {
    const recording = this.#recording;
    if (recording === undefined) return;
    this.#counts.value = { messages: recording.messages, bytes: recording.bytes };
    if (recording.ended !== undefined) void this.stop();
  }
}

/** The name of a recording's file: the device's, and the time. */
export function fileName(device: string | undefined, at: Date): string {
  const safe = (device ?? "").replace(/[^\w.-]+/g, "-").replace(/^[-.]+|-+$/g, "").slice(0, 60);
  const time = at.toISOString().slice(0, 19).replaceAll(":", "-");
  return `${safe === "" ? "recording" : safe}_${time}Z.mcap`;
}

/** Hands a file to the browser's downloads. */
export function download(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function isSame(one: ChannelInfo | undefined, other: ChannelInfo): boolean {
  return one !== undefined && one.topic === other.topic && one.encoding === other.encoding &&
    one.schema?.name === other.schema?.name;
}
