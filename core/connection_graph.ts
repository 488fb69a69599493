/**
 * The connection graph of a device: which nodes publish, subscribe and provide what (session semantics, section 11).
 */
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

/** The graph that an application has written down, copied. */
export function connectionGraph(options: ConnectionGraphOptions): ConnectionGraph {
  return {
    publishedTopics: entriesOf(options.publishedTopics),
    subscribedTopics: entriesOf(options.subscribedTopics),
    advertisedServices: entriesOf(options.advertisedServices),
  };
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

function entriesOf(options: GraphEntriesOptions = {}): GraphEntries {
  const entries: Iterable<[string, Iterable<string>]> = options instanceof Map
    ? options.entries()
    : Object.entries(options);
  const made = new Map<string, ReadonlySet<string>>();
  for (const [name, given] of entries) {
    const ids = new Set(given);
    if (ids.size > 0) made.set(name, ids);
  }
  return made;
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
