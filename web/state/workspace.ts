/**
 * The panels that are open: which channels they show, and how.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ChannelInfo } from "../../mod.ts";
import { type PanelKind, panelsFor } from "../panels/kinds.ts";
import { MAX_PANELS, MAX_REMEMBERED_DEVICES } from "./limits.ts";
import type { Keep } from "./storage.ts";

/** A panel. It goes by topics, so that it outlives a device that comes back with other channel ids. */
export interface Panel {
  readonly id: number;
  readonly kind: PanelKind;
  /** What it shows; a map may show several, any other panel one. */
  readonly topics: ReadonlyArray<string>;
  readonly isPaused: boolean;
}

type Kept = ReadonlyArray<Pick<Panel, "kind" | "topics">>;

const KEY = "panels";
const KINDS: ReadonlySet<string> = new Set<PanelKind>(["tree", "image", "plot", "log", "scene"]);
/** Panels that a device that is new is shown with. */
const FIRST_PANELS = 5;

/** The panels of one page. */
export class Workspace {
  readonly #panels: Signal<ReadonlyArray<Panel>> = signal([]);
  readonly #maximized: Signal<number | undefined> = signal(undefined);
  readonly #isFull: Signal<boolean> = signal(false);
  readonly #keep: Keep;
  #device: string | undefined;
  /** Whether the panels that a new device is shown with are still to be chosen. */
  #isNew = false;
  #nextId = 1;

  constructor(keep: Keep) {
    this.#keep = keep;
  }

  /** The panels, in their order. */
  get panels(): ReadonlySignal<ReadonlyArray<Panel>> {
    return this.#panels;
  }

  /** The panel that has all the room. */
  get maximized(): ReadonlySignal<number | undefined> {
    return this.#maximized;
  }

  /** Whether one more was asked for than there may be. */
  get isFull(): ReadonlySignal<boolean> {
    return this.#isFull;
  }

  /** A device has been met: what was open for it is open again. */
  meet(device: string): void {
    if (this.#device === device) return;
    this.#device = device;
    const kept = this.#kept().get(device);
    this.#isNew = kept === undefined;
    this.#maximized.value = undefined;
    this.#panels.value = (kept ?? []).slice(0, MAX_PANELS).map(({ kind, topics }) => this.#panel(kind, topics));
  }

  /** Channels of the device are known: one that is new is shown with what tells most. */
  offer(channels: ReadonlyArray<ChannelInfo>): void {
    if (!this.#isNew || channels.length === 0) return;
    this.#isNew = false;
    this.#panels.value = firstPanels(channels).map(({ kind, topics }) => this.#panel(kind, topics));
  }

  /** Shows a channel, if it is not shown; a map that is open takes it in. */
  open(channel: ChannelInfo, kind: PanelKind = bestKind(channel)): void {
    this.#isNew = false;
    const panels = this.#panels.value;
    if (panels.some((panel) => panel.kind === kind && panel.topics.includes(channel.topic))) return;
    const map = kind === "scene" ? panels.find((panel) => panel.kind === "scene") : undefined;
    if (map !== undefined) {
      this.#change(map.id, { topics: [...map.topics, channel.topic] });
    } else if (panels.length < MAX_PANELS) {
      this.#set([...panels, this.#panel(kind, [channel.topic])]);
    } else {
      this.#isFull.value = true;
    }
  }

  /** Shows a topic no more, in whatever panel. */
  closeTopic(topic: string): void {
    const left = this.#panels.value.flatMap((panel) => {
      if (!panel.topics.includes(topic)) return [panel];
      const topics = panel.topics.filter((one) => one !== topic);
      return topics.length === 0 ? [] : [{ ...panel, topics }];
    });
    this.#set(left);
  }

  /** Closes a panel. */
  close(id: number): void {
    if (this.#maximized.value === id) this.#maximized.value = undefined;
    this.#set(this.#panels.value.filter((panel) => panel.id !== id));
  }

  /** Shows what a panel shows in another way. */
  setKind(id: number, kind: PanelKind): void {
    this.#change(id, { kind });
  }

  /** Holds a panel still, or lets it go on. */
  pause(id: number, isPaused: boolean): void {
    this.#panels.value = this.#panels.value.map((panel) => panel.id === id ? { ...panel, isPaused } : panel);
  }

  /** Gives a panel all the room, or none more than the others. */
  maximize(id: number | undefined): void {
    this.#maximized.value = id;
  }

  /** The hint about too many panels has been read. */
  dismissFull(): void {
    this.#isFull.value = false;
  }

  /** Whether some panel shows the topic. */
  shows(topic: string): boolean {
    return this.#panels.value.some(({ topics }) => topics.includes(topic));
  }

  #panel(kind: PanelKind, topics: ReadonlyArray<string>): Panel {
    return { id: this.#nextId++, kind, topics, isPaused: false };
  }

  #change(id: number, change: Partial<Panel>): void {
    this.#set(this.#panels.value.map((panel) => panel.id === id ? { ...panel, ...change } : panel));
  }

  #set(panels: ReadonlyArray<Panel>): void {
    this.#panels.value = panels;
    this.#isFull.value = false;
    if (this.#device === undefined) return;
    const kept = this.#kept();
    kept.delete(this.#device);
    kept.set(this.#device, panels.map(({ kind, topics }) => ({ kind, topics })));
    this.#keep.set(KEY, JSON.stringify([...kept].slice(-MAX_REMEMBERED_DEVICES)));
  }

  /** What is remembered, by the name of the device. Whatever else the browser has kept there is nothing. */
  #kept(): Map<string, Kept> {
    try {
      const entries: unknown = JSON.parse(this.#keep.get(KEY) ?? "[]");
      return new Map(Array.isArray(entries) ? entries.filter(isEntry) : []);
    } catch {
      return new Map();
    }
  }
}

/** The way to show a channel that tells most. */
export function bestKind(channel: ChannelInfo): PanelKind {
  return panelsFor(channel)[0] ?? "tree";
}

/** What a device is shown with at first: a map, pictures, the log, and a plot of what has numbers. */
export function firstPanels(channels: ReadonlyArray<ChannelInfo>): Kept {
  const of = (kind: PanelKind) => channels.filter((channel) => bestKind(channel) === kind).map(({ topic }) => topic);
  const map = of("scene");
  const plain = channels.filter((channel) => bestKind(channel) === "tree");
  const plotted = plain.filter((channel) => panelsFor(channel).includes("plot"));
  const named = (words: RegExp) => plotted.find(({ schema }) => words.test(schema?.name ?? ""));
  const plot = named(/imu/i) ?? named(/odom|twist|joint/i) ?? named(/battery/i);
  const tree = plain.find((channel) => channel !== plot && /battery|state|status|diag/i.test(channel.topic));
  const chosen: Kept = [
    ...(map.length === 0 ? [] : [{ kind: "scene", topics: map.slice(0, 8) } as const]),
    ...of("image").slice(0, 2).map((topic) => ({ kind: "image", topics: [topic] } as const)),
    ...(plot === undefined ? [] : [{ kind: "plot", topics: [plot.topic] } as const]),
    ...of("log").slice(0, 1).map((topic) => ({ kind: "log", topics: [topic] } as const)),
    ...(tree === undefined ? [] : [{ kind: "tree", topics: [tree.topic] } as const]),
  ];
  const some = chosen.length > 0
    ? chosen
    : plain.slice(0, 1).map(({ topic }) => ({ kind: "tree", topics: [topic] } as const));
  return some.slice(0, FIRST_PANELS);
}

function isEntry(entry: unknown): entry is [string, Kept] {
  return Array.isArray(entry) && typeof entry[0] === "string" && Array.isArray(entry[1]) &&
    entry[1].every((panel: unknown) =>
      typeof panel === "object" && panel !== null && "kind" in panel && KINDS.has(String(panel.kind)) &&
      "topics" in panel && Array.isArray(panel.topics) && panel.topics.length > 0 &&
      panel.topics.every((topic) => typeof topic === "string")
    );
}
