/**
 * The device's connection graph, by node and by topic.
 */
import { type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { ConnectionGraph, GraphWatch, Viewer } from "../../mod.ts";
import type { Frames } from "./frames.ts";

/** A node, and what it does. */
export interface GraphNode {
  readonly name: string;
  readonly publishes: ReadonlyArray<string>;
  readonly subscribes: ReadonlyArray<string>;
  readonly provides: ReadonlyArray<string>;
}

/** A topic, and who is at its ends. */
export interface GraphTopic {
  readonly name: string;
  readonly publishers: ReadonlyArray<string>;
  readonly subscribers: ReadonlyArray<string>;
}

/** The graph of whatever device there is. */
export class Graph {
  readonly #frames: Frames;
  readonly #value: Signal<ConnectionGraph | undefined> = signal(undefined);
  #watch: GraphWatch | undefined;
  #viewer: Viewer | undefined;
  readonly #show = (): void => {
    this.#value.value = this.#watch?.graph;
  };

  constructor(frames: Frames) {
    this.#frames = frames;
  }

  /** The graph; absent where the device has none, or has not told of it yet. */
  get value(): ReadonlySignal<ConnectionGraph | undefined> {
    return this.#value;
  }

  /** There is another viewer, or none any more. */
  attach(viewer: Viewer | undefined): void {
    this.#viewer = viewer;
    this.#watch?.close();
    this.#watch = undefined;
    this.#value.value = undefined;
  }

  /** The device has said who it is. */
  load(): void {
    if (this.#watch !== undefined || !this.#viewer?.serverInfo?.capabilities.includes("connectionGraph")) return;
    this.#watch = this.#viewer.watchConnectionGraph();
    this.#watch.onChange(() => this.#frames.soon(this.#show));
    this.#show();
  }
}

/** A graph by node, in the order of their names. */
export function nodesOf(graph: ConnectionGraph): ReadonlyArray<GraphNode> {
  const nodes = new Map<string, { publishes: Array<string>; subscribes: Array<string>; provides: Array<string> }>();
  const add = (entries: ReadonlyMap<string, ReadonlySet<string>>, as: "publishes" | "subscribes" | "provides") => {
    for (const [name, ids] of entries) {
      for (const id of ids) {
        const node = nodes.get(id) ?? { publishes: [], subscribes: [], provides: [] };
        node[as].push(name);
        nodes.set(id, node);
      }
    }
  };
  add(graph.publishedTopics, "publishes");
  add(graph.subscribedTopics, "subscribes");
  add(graph.advertisedServices, "provides");
  return [...nodes].map(([name, node]) => ({
    name,
    publishes: node.publishes.sort(),
    subscribes: node.subscribes.sort(),
    provides: node.provides.sort(),
  })).sort((a, b) => a.name < b.name ? -1 : 1);
}

/** A graph by topic, in the order of their names. */
export function topicsOf(graph: ConnectionGraph): ReadonlyArray<GraphTopic> {
  const names = new Set([...graph.publishedTopics.keys(), ...graph.subscribedTopics.keys()]);
  return [...names].sort().map((name) => ({
    name,
    publishers: [...graph.publishedTopics.get(name) ?? []].sort(),
    subscribers: [...graph.subscribedTopics.get(name) ?? []].sort(),
  }));
}
