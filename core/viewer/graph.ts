/**
 * A device's connection graph as a viewer follows it (session section 11).
 */
import { applyGraphUpdate, type ConnectionGraph, emptyGraph, type GraphEntries } from "../connection_graph.ts";
import type { ClientMessage, ConnectionGraphUpdate, ServerMessage } from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";
import type { ConnectionEnd } from "./request_errors.ts";
import { Watch, type WatchOwner } from "./watch.ts";

/** How large the graph of one device may be for a viewer: the characters of its names and ids, and 64 more for each. */
export const MAX_GRAPH_SIZE: number = 16 * 1024 * 1024;
const ENTRY_SIZE = 64;

const CAPABILITY = "connectionGraph";

/** What a graph watch looks at. */
export interface GraphSource {
  /** The graph. */
  readonly graph: ConnectionGraph;
  /** Whether it is that of the session that stands now. */
  readonly isCurrent: boolean;
}

/**
 * Follows the connection graph of the device: who publishes, subscribes and provides what. Made by
 * {@linkcode Viewer.watchConnectionGraph}; each change is a whole graph.
 *
 * @example
 * ```ts
 * import type { Viewer } from "@fieldlink/fieldlink";
 *
 * async function publishers(viewer: Viewer, topic: string) {
 *   using watch = viewer.watchConnectionGraph();
 *   for await (const graph of watch) console.log(graph.publishedTopics.get(topic));
 * }
 * console.log(publishers);
 * ```
 */
export class GraphWatch extends Watch<ConnectionGraph> {
  readonly #source: GraphSource;

  /** Made by {@linkcode Viewer.watchConnectionGraph}. */
  constructor(source: GraphSource, owner: WatchOwner) {
    super(owner);
    this.#source = source;
  }

  /** The graph as it was told last; empty before. It stays while there is no device, see {@linkcode GraphWatch.isCurrent}. */
  get graph(): ConnectionGraph {
    return this.#source.graph;
  }

  /** Whether the graph is that of the session that stands now: it has been told since the device was met. */
  get isCurrent(): boolean {
    return this.#source.isCurrent;
  }
}

/** The graph, and the watches that share one subscription to it. */
export class GraphFollower implements SessionPart {
  readonly takes = ["connectionGraphUpdate"] as const;
  readonly #access: DeviceAccess;
  readonly #watches = new Set<GraphWatch>();
  #graph = emptyGraph;
  /** Whether the session's device may be subscribed to, by a message on whatever stream. */
  #isAsked = false;
  #isCurrent = false;
  /**
   * Whether the device has told of its graph while nobody here wanted to know. It takes this viewer for subscribed then,
   * for example because of what an earlier instance had sent, and would ignore a subscription.
   */
  #isToldUnasked = false;

  constructor(access: DeviceAccess) {
    this.#access = access;
  }

  /** The graph as it was told last. */
  get graph(): ConnectionGraph {
    return this.#graph;
  }

  /** Whether the whole graph has been told in this session. */
  get isCurrent(): boolean {
    return this.#isCurrent;
  }

  /** Makes a watch. The first one subscribes; one that comes later is told at once what is known. */
  watch(): GraphWatch {
    const watch: GraphWatch = new GraphWatch(this, { log: this.#access.log, closed: () => this.#closed(watch) });
    if (this.#access.isClosed) {
      watch.close();
      return watch;
    }
    this.#watches.add(watch);
    if (this.#watches.size === 1) this.#ask();
    if (this.#isCurrent) watch.deliver(CAPABILITY, this.#graph);
    return watch;
  }

  readonly met = (): void => {
    this.#isAsked = false;
    this.#isToldUnasked = false;
    this.#warnIfUseless();
  };

  readonly greeting = (): ReadonlyArray<ClientMessage> => {
    // Whoever has been told the graph is subscribed, whatever has become of the stream.
    if (!this.#access.can(CAPABILITY) || this.#isCurrent) return [];
    const messages: Array<ClientMessage> = [];
    // What was sent on an earlier stream may be lost. A repeat would be ignored, so the subscription begins anew.
    if (this.#isAsked || this.#isToldUnasked) messages.push({ op: "unsubscribeConnectionGraph" });
    this.#isToldUnasked = false;
    this.#isAsked = this.#watches.size > 0;
    if (this.#isAsked) messages.push({ op: "subscribeConnectionGraph" });
    return messages;
  };

  readonly handle = (message: ServerMessage): void => {
    if (message.op !== "connectionGraphUpdate") return;
    if (this.#isAsked && this.#watches.size > 0) return this.#update(message);
    this.#isToldUnasked = true;
    this.#access.logOften("debug", "a connection graph that was not asked for is dropped");
  };

  readonly lost = (reason: ConnectionEnd): undefined => {
    this.#isCurrent = false;
    if (reason === "closed") { for (const watch of [...this.#watches]) watch.close(); }
  };

  #closed(watch: GraphWatch): void {
    if (!this.#watches.delete(watch) || this.#watches.size > 0) return;
    this.#isCurrent = false;
    this.#graph = emptyGraph;
    const { link } = this.#access;
    if (this.#isAsked) link?.send({ op: "unsubscribeConnectionGraph" });
  }

  #ask(): void {
    this.#warnIfUseless();
    const { link } = this.#access;
    if (link?.outgoing === undefined || !this.#access.can(CAPABILITY)) return;
    this.#isAsked = true;
    if (this.#isToldUnasked) link.send({ op: "unsubscribeConnectionGraph" });
    this.#isToldUnasked = false;
    link.send({ op: "subscribeConnectionGraph" });
  }

  /** The first update since the subscription is the whole graph, and those that follow are differences. */
  #update(update: ConnectionGraphUpdate): void {
    const next = applyGraphUpdate(this.#isCurrent ? this.#graph : emptyGraph, update);
    if (sizeOf(next) > MAX_GRAPH_SIZE) {
      this.#access.logOften("error", "a connection graph is larger than a viewer keeps; an update is left out", {
        characters: MAX_GRAPH_SIZE,
      });
      return;
    }
    this.#graph = next;
    this.#isCurrent = true;
    for (const watch of [...this.#watches]) watch.deliver(CAPABILITY, next);
  }

  #warnIfUseless(): void {
    const { link, log } = this.#access;
    if (this.#watches.size === 0 || link === undefined || this.#access.can(CAPABILITY)) return;
    log("warning", "the device does not tell its connection graph; it is waited for one that does", {
      device: link.device,
      capability: CAPABILITY,
    });
  }
}

function sizeOf({ publishedTopics, subscribedTopics, advertisedServices }: ConnectionGraph): number {
  return sizeOfEntries(publishedTopics) + sizeOfEntries(subscribedTopics) + sizeOfEntries(advertisedServices);
}

function sizeOfEntries(entries: GraphEntries): number {
  let size = 0;
  for (const [name, ids] of entries) {
    size += name.length + ENTRY_SIZE;
    for (const id of ids) size += id.length + ENTRY_SIZE;
  }
  return size;
}
