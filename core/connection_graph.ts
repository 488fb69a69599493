/**
 * The connection graph of a device: which nodes publish, subscribe and provide what (session semantics, section 11).
 */
import { received } from "./invalid_argument.ts";
import type { ConnectionGraphUpdate } from "./protocol/mod.ts";

/** Ids of nodes by the name of a topic or service. Ids are sets: their order says nothing. */
export type GraphEntries = ReadonlyMap<string, ReadonlySet<string>>;

/** A whole graph. A name without ids is as good as not there. */
export interface ConnectionGraph {
  /** Who publishes on a topic. */
  readonly publishedTopics: GraphEntries;
  /** Who subscribes to a topic. */
  readonly subscribedTopics: GraphEntries;
  /** Who provides a service. */
  readonly advertisedServices: GraphEntries;
}

/** Ids of nodes by name, as an application writes them down. */
export type GraphEntriesOptions =
  | Readonly<Record<string, Iterable<string>>>
  | ReadonlyMap<string, Iterable<string>>;

/** A whole graph as an application writes it down. What is left out is empty. */
export interface ConnectionGraphOptions {
  /** Who publishes on a topic, for example `{ "/camera": ["node_1"] }`. */
  readonly publishedTopics?: GraphEntriesOptions;
  /** Who subscribes to a topic. */
  readonly subscribedTopics?: GraphEntriesOptions;
  /** Who provides a service. */
  readonly advertisedServices?: GraphEntriesOptions;
}

/** The graph in which there is nothing. */
export const emptyGraph: ConnectionGraph = {
  publishedTopics: new Map(),
  subscribedTopics: new Map(),
  advertisedServices: new Map(),
};

/** The graph that an application has written down, copied; or what is wrong with it. */
export function connectionGraph(options: ConnectionGraphOptions): ConnectionGraph | string {
  // Programs without types can give anything.
  if (typeof options !== "object" || options === null) {
    return `a graph must be an object: received ${received(options)}`;
  }
  const publishedTopics = entriesOf("publishedTopics", options.publishedTopics);
  if (typeof publishedTopics === "string") return publishedTopics;
  const subscribedTopics = entriesOf("subscribedTopics", options.subscribedTopics);
  if (typeof subscribedTopics === "string") return subscribedTopics;
  const advertisedServices = entriesOf("advertisedServices", options.advertisedServices);
  if (typeof advertisedServices === "string") return advertisedServices;
  return { publishedTopics, subscribedTopics, advertisedServices };
}

/** What turns one graph into another; `undefined`: nothing does, since they are the same. */
export function graphDifference(before: ConnectionGraph, after: ConnectionGraph): ConnectionGraphUpdate | undefined {
  const published = changed(before.publishedTopics, after.publishedTopics);
  const subscribed = changed(before.subscribedTopics, after.subscribedTopics);
  const services = changed(before.advertisedServices, after.advertisedServices);
  const topics = new Set([...before.publishedTopics.keys(), ...before.subscribedTopics.keys()]);
  const isThere = (name: string) => after.publishedTopics.has(name) || after.subscribedTopics.has(name);
  // A topic that has left one side and is still on the other is told as an entry of that side without ids.
  const left = (from: GraphEntries, to: GraphEntries) =>
    [...from.keys()].filter((name) => !to.has(name) && isThere(name)).map((name) => [name, []] as const);
  const update: ConnectionGraphUpdate = {
    op: "connectionGraphUpdate",
    publishedTopics: [...published, ...left(before.publishedTopics, after.publishedTopics)]
      .map(([name, publisherIds]) => ({ name, publisherIds })),
    subscribedTopics: [...subscribed, ...left(before.subscribedTopics, after.subscribedTopics)]
      .map(([name, subscriberIds]) => ({ name, subscriberIds })),
    advertisedServices: services.map(([name, providerIds]) => ({ name, providerIds })),
    removedTopics: [...topics].filter((name) => !isThere(name)),
    removedServices: [...before.advertisedServices.keys()].filter((name) => !after.advertisedServices.has(name)),
  };
  return isEmpty(update) ? undefined : update;
}

/** An update in two halves, which do as much one after the other: first what goes, then what comes. */
export function updateHalves(update: ConnectionGraphUpdate): ReadonlyArray<ConnectionGraphUpdate> {
  const half = (wanted: boolean): ConnectionGraphUpdate => ({
    op: "connectionGraphUpdate",
    publishedTopics: update.publishedTopics.filter(({ publisherIds }) => (publisherIds.length === 0) === wanted),
    subscribedTopics: update.subscribedTopics.filter(({ subscriberIds }) => (subscriberIds.length === 0) === wanted),
    advertisedServices: wanted ? [] : update.advertisedServices,
    removedTopics: wanted ? update.removedTopics : [],
    removedServices: wanted ? update.removedServices : [],
  });
  return [half(true), half(false)];
}

/** The update that tells a whole graph to somebody who knows nothing of it. */
export function wholeGraph(graph: ConnectionGraph): ConnectionGraphUpdate {
  return graphDifference(emptyGraph, graph) ?? {
    op: "connectionGraphUpdate",
    publishedTopics: [],
    subscribedTopics: [],
    advertisedServices: [],
    removedTopics: [],
    removedServices: [],
  };
}

/** The graph that an update makes of another. Unknown names to remove say nothing. */
export function applyGraphUpdate(graph: ConnectionGraph, update: ConnectionGraphUpdate): ConnectionGraph {
  return {
    publishedTopics: applied(
      graph.publishedTopics,
      update.removedTopics,
      update.publishedTopics.map(({ name, publisherIds }) => [name, publisherIds]),
    ),
    subscribedTopics: applied(
      graph.subscribedTopics,
      update.removedTopics,
      update.subscribedTopics.map(({ name, subscriberIds }) => [name, subscriberIds]),
    ),
    advertisedServices: applied(
      graph.advertisedServices,
      update.removedServices,
      update.advertisedServices.map(({ name, providerIds }) => [name, providerIds]),
    ),
  };
}

function entriesOf(what: string, options: GraphEntriesOptions = {}): GraphEntries | string {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    return `"${what}" must be an object or a Map, of ids by name: received ${received(options)}`;
  }
  const entries: Iterable<[string, Iterable<string>]> = options instanceof Map
    ? options.entries()
    : Object.entries(options);
  const made = new Map<string, ReadonlySet<string>>();
  for (const [name, given] of entries) {
    if (typeof name !== "string") return `a name in "${what}" must be text: received ${received(name)}`;
    const ids = isListed(given) ? new Set(given) : undefined;
    if (ids === undefined) {
      return `the ids of "${name}" in "${what}" must be a list or a set: received ${received(given)}`;
    }
    for (const id of ids) {
      if (typeof id !== "string") return `an id of "${name}" in "${what}" must be text: received ${received(id)}`;
    }
    if (ids.size > 0) made.set(name, ids);
  }
  return made;
}

/** Text can be gone through as well, but its letters are no ids. */
function isListed(ids: unknown): boolean {
  return typeof ids === "object" && ids !== null && Symbol.iterator in ids;
}

function changed(before: GraphEntries, after: GraphEntries): Array<readonly [string, ReadonlyArray<string>]> {
  const entries: Array<readonly [string, ReadonlyArray<string>]> = [];
  for (const [name, ids] of after) if (!sameIds(before.get(name), ids)) entries.push([name, [...ids]]);
  return entries;
}

function sameIds(a: ReadonlySet<string> | undefined, b: ReadonlySet<string>): boolean {
  if (a?.size !== b.size) return false;
  for (const id of b) if (!a.has(id)) return false;
  return true;
}

function applied(
  entries: GraphEntries,
  removed: ReadonlyArray<string>,
  set: ReadonlyArray<readonly [string, ReadonlyArray<string>]>,
): GraphEntries {
  const next = new Map(entries);
  for (const name of removed) next.delete(name);
  for (const [name, ids] of set) {
    if (ids.length === 0) next.delete(name);
    else next.set(name, new Set(ids));
  }
  return next;
}

function isEmpty(update: ConnectionGraphUpdate): boolean {
  return update.publishedTopics.length === 0 && update.subscribedTopics.length === 0 &&
    update.advertisedServices.length === 0 && update.removedTopics.length === 0 && update.removedServices.length === 0;
}
