/**
 * Everything the page shows, over one viewer of the library at a time.
 */
import { batch, effect, type Signal, signal, untracked } from "@preact/signals";
import type { ServerInfo, Viewer } from "../../mod.ts";
import { Channels } from "./channels.ts";
import { Connection, type TransportFor } from "./connection.ts";
import { Frames } from "./frames.ts";
import { Graph } from "./graph.ts";
import { Parameters } from "./parameters.ts";
import { Problems } from "./problems.ts";
import { Services } from "./services.ts";
import { Settings } from "./settings.ts";
import { type Keep, lasting, passing } from "./storage.ts";
import type { Target } from "./target.ts";
import { Teleop } from "./teleop.ts";
import { Workspace } from "./workspace.ts";

/** How long messages take, as far as it is known. */
export interface Latency {
  /** There and back, in ms. */
  readonly roundTripMs: number | undefined;
  /** How far the device's clock is ahead of this one, in ms, and the bound of the error. */
  readonly offset: { readonly ms: number; readonly boundMs: number } | undefined;
}

/** What the page needs from outside. */
export interface ModelOptions {
  readonly target: Target;
  readonly transportFor: TransportFor;
  /** What stays. Default: the browser's local storage. */
  readonly lasting?: Keep;
  /** What goes with the tab. Default: the browser's session storage. */
  readonly passing?: Keep;
}

/** How often rates, latencies and count-downs are shown anew, in ms. */
const TICK_MS = 500;
/** A stream that does not open within this, in ms, has a reason that somebody can do something about. */
export const SLOW_MS = 4_000;

/** The state of the page. */
export class Model {
  readonly frames: Frames = new Frames();
  readonly lasting: Keep;
  readonly passing: Keep;
  readonly settings: Settings;
  readonly connection: Connection;
  readonly channels: Channels;
  readonly parameters: Parameters = new Parameters(this.frames);
  readonly services: Services = new Services();
  readonly problems: Problems = new Problems();
  readonly graph: Graph = new Graph(this.frames);
  readonly teleop: Teleop = new Teleop();
  readonly workspace: Workspace;
  /** What the device has said of itself; stays while it is away. */
  readonly device: Signal<ServerInfo | undefined> = signal(undefined);
  readonly latency: Signal<Latency> = signal({ roundTripMs: undefined, offset: undefined });
  /** The time as it is shown, in ms since the Unix epoch. */
  readonly now: Signal<number> = signal(Date.now());
  /** Tabs of this page that are open. */
  readonly tabs: Signal<number> = signal(1);

  constructor(options: ModelOptions) {
    this.lasting = options.lasting ?? lasting();
    this.passing = options.passing ?? passing();
    this.settings = new Settings(this.lasting);
    this.channels = new Channels(this.settings.measuresAll.value);
    this.workspace = new Workspace(this.lasting);
    const { frames } = this;
    const showChannels = () => {
      this.channels.refresh();
      this.workspace.offer(this.channels.all.value);
    };
    const showServices = () => this.services.refresh();
    const showProblems = () => this.problems.refresh();
    this.connection = new Connection(options.target, {
      transportFor: options.transportFor,
      viewer: {
        log: () => {},
        onChannels: () => frames.soon(showChannels),
        onServices: () => frames.soon(showServices),
        onStatus: ({ level, message, id }) => {
          if (level === "error" && id === undefined) this.parameters.complained(message);
          frames.soon(showProblems);
        },
        onStatusRemoved: () => frames.soon(showProblems),
      },
      onViewer: (viewer) => this.#attach(viewer),
      onDevice: (viewer) => {
        this.#meet(viewer);
        frames.soon(showChannels);
        frames.soon(showServices);
        frames.soon(showProblems);
      },
    });
  }

  /** Connects, and goes on until the function that it gives is called. */
  start(): () => void {
    const stopTeleop = effect(() => {
      const { kind } = this.connection.state.value;
      untracked(() => this.teleop.refresh(kind === "connected"));
    });
    const stopMeasuring = effect(() => {
      const wanted = this.settings.measuresAll.value;
      untracked(() => this.channels.measureAll(wanted));
    });
    const timer = setInterval(() => this.#tick(), TICK_MS);
    this.connection.connect();
    return () => {
      clearInterval(timer);
      stopTeleop();
      stopMeasuring();
      this.connection.end();
    };
  }

  /** Connects to something else: what was known of the device is past. */
  connectTo(target: Target): void {
    batch(() => {
      this.device.value = undefined;
      this.channels.forget();
      this.services.forget();
      this.connection.connect(target);
    });
  }

  #attach(viewer: Viewer | undefined): void {
    batch(() => {
      this.channels.attach(viewer);
      this.parameters.attach(viewer);
      this.services.attach(viewer);
      this.problems.attach(viewer);
      this.graph.attach(viewer);
      this.teleop.attach(viewer);
      this.latency.value = { roundTripMs: undefined, offset: undefined };
    });
  }

  #meet(viewer: Viewer): void {
    const info = viewer.serverInfo;
    if (info === undefined) return;
    this.device.value = info;
    this.workspace.meet(info.name);
    this.graph.load();
    this.teleop.refresh(this.connection.state.value.kind === "connected");
    void this.parameters.load();
  }

  #tick(): void {
    const viewer = this.connection.viewer.value;
    batch(() => {
      this.now.value = Date.now();
      this.channels.sample(performance.now());
      this.teleop.look();
      const trip = viewer?.roundTripTime;
      const offset = viewer?.clockOffset;
      this.latency.value = {
        roundTripMs: trip?.meanMs ?? trip?.latestMs,
        offset: offset === undefined ? undefined : { ms: offset.offsetMs, boundMs: offset.boundMs },
      };
    });
  }
}
