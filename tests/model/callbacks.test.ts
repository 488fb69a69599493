/**
 * What the application is told of viewers that come and go, callback by callback: on a perfect network, where a model can
 * say exactly what comes and in which order (session semantics, section 4).
 */
import fc from "fast-check";
import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as TestClock from "effect/testing/TestClock";
import { LoopbackHub } from "../../adapters/loopback/mod.ts";
import type { ClientMessage } from "../../core/protocol/mod.ts";
import type { Channel, Client } from "../../mod.ts";
import { startDevice } from "../support/device.ts";
import { RawViewer, subscribe } from "../support/raw_viewer.ts";
import { advance, settle } from "../support/settle.ts";

const VIEWERS = 3;
const TOPICS = ["/a", "/b", "/c"];
const NAMES = ["p", "q", "r"];
const SEED = Number(process.env["FIELDLINK_SEED"] ?? 1);
const RUNS = "Deno" in globalThis || "Bun" in globalThis ? 15 : 80;

/** One thing that a viewer does. */
type Request =
  | { readonly do: "follow" | "unfollow"; readonly who: number }
  | { readonly do: "subscribe" | "unsubscribe"; readonly who: number; readonly topics: ReadonlyArray<number> }
  | { readonly do: "watch" | "unwatch"; readonly who: number; readonly names: ReadonlyArray<string> }
  | { readonly do: "advertise" | "unadvertise"; readonly who: number; readonly ids: ReadonlyArray<number> };

/** One thing that a viewer does, or that happens to it or to the device. */
type Deed = Request | { readonly do: "join" | "leave" | "reset"; readonly who: number } | { readonly do: "lose" };

const who = fc.nat({ max: VIEWERS - 1 });
const topics = fc.shuffledSubarray([0, 1, 2], { minLength: 1 });
const names = fc.shuffledSubarray(NAMES, { minLength: 1 });
const ids = fc.shuffledSubarray([7, 8], { minLength: 1 });
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("join"), who }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("leave", "reset"), who }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("follow", "follow", "unfollow"), who }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("subscribe", "subscribe", "unsubscribe"), who, topics }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("watch", "watch", "unwatch"), who, names }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom("advertise", "advertise", "unadvertise"), who, ids }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("lose") }) },
);

/** What there is of one instance. */
class ModelViewer {
  readonly name: string;
  readonly subscribed: Set<number> = new Set();
  readonly watched: Set<string> = new Set();
  readonly own: Set<number> = new Set();
  follows = false;

  constructor(name: string) {
    this.name = name;
  }
}

/** The device as the application should hear of it. */
class Model {
  /** What the application is told, in order. */
  readonly told: Array<string> = [];
  /** In the order in which they were registered. */
  readonly #viewers = new Map<number, ModelViewer>();

  join(who: number): void {
    this.leave(who);
    this.#viewers.set(who, new ModelViewer(`viewer-${who}`));
  }

  leave(who: number): void {
    const viewer = this.#viewers.get(who);
    this.#viewers.delete(who);
    if (viewer === undefined) return;
    this.#unwatched(viewer, [...viewer.watched]);
    this.#unfollow(viewer);
    this.#unsubscribe(viewer, [...viewer.subscribed]);
    this.#unadvertise(viewer, [...viewer.own]);
  }

  /** The session ends, and all viewers with it. */
  end(): void {
    for (const who of [...this.#viewers.keys()]) this.leave(who);
  }

  do(deed: Request): void {
    const viewer = this.#viewers.get(deed.who);
    if (viewer === undefined) return;
    switch (deed.do) {
      case "subscribe":
        for (const topic of deed.topics) {
          if (viewer.subscribed.has(topic)) continue;
          viewer.subscribed.add(topic);
          this.told.push(`+ ${viewer.name} ${TOPICS[topic]}`);
        }
        return;
      case "unsubscribe":
        return this.#unsubscribe(viewer, deed.topics);
      case "watch": {
        const first = deed.names.filter((name) => !this.#isWatched(name));
        for (const name of deed.names) viewer.watched.add(name);
        if (first.length > 0) this.told.push(`watched ${first.join()}`);
        return;
      }
      case "unwatch":
        return this.#unwatched(viewer, deed.names);
      case "follow":
        if (!this.#isFollowed) this.told.push("followed");
        viewer.follows = true;
        return;
      case "unfollow":
        return this.#unfollow(viewer);
      case "advertise":
        for (const id of deed.ids) {
          if (viewer.own.has(id)) continue;
          viewer.own.add(id);
          this.told.push(`has ${viewer.name} ${id}`);
        }
        return;
      case "unadvertise":
        return this.#unadvertise(viewer, deed.ids);
    }
  }

  /** Also of one that has been taken out, for what it leaves behind. */
  #unsubscribe(viewer: ModelViewer, topics: ReadonlyArray<number>): void {
    for (const topic of topics) {
      if (viewer.subscribed.delete(topic)) this.told.push(`- ${viewer.name} ${TOPICS[topic]}`);
    }
  }

  #unadvertise(viewer: ModelViewer, ids: ReadonlyArray<number>): void {
    for (const id of ids) if (viewer.own.delete(id)) this.told.push(`has no more ${viewer.name} ${id}`);
  }

  #unwatched(viewer: ModelViewer, names: ReadonlyArray<string>): void {
    const last = names.filter((name) => viewer.watched.delete(name) && !this.#isWatched(name));
    if (last.length > 0) this.told.push(`not watched ${last.join()}`);
  }

  #unfollow(viewer: ModelViewer): void {
    if (!viewer.follows) return;
    viewer.follows = false;
    if (!this.#isFollowed) this.told.push("not followed");
  }

  #isWatched(name: string): boolean {
    return [...this.#viewers.values()].some(({ watched }) => watched.has(name));
  }

  get #isFollowed(): boolean {
    return [...this.#viewers.values()].some(({ follows }) => follows);
  }
}

/** Does the deeds; what the application was told, and what the model says of it. */
const run = Effect.fnUntraced(function* (deeds: ReadonlyArray<Deed>, replacement: "old-first" | "new-first") {
  const hub = yield* LoopbackHub.make({ replacement });
  const told: Array<string> = [];
  const tell = (what: string) => (client: Client, { id }: { readonly id: number }) =>
    void told.push(`${what} ${client.identity} ${id}`);
  const device = yield* startDevice(hub, {
    onSubscribe: (client, { topic }) => void told.push(`+ ${client.identity} ${topic}`),
    onUnsubscribe: (client, { topic }) => void told.push(`- ${client.identity} ${topic}`),
    onParametersSubscribe: (names) => void told.push(`watched ${names.join()}`),
    onParametersUnsubscribe: (names) => void told.push(`not watched ${names.join()}`),
    onConnectionGraphSubscribe: () => void told.push("followed"),
    onConnectionGraphUnsubscribe: () => void told.push("not followed"),
    onClientAdvertise: tell("has"),
    onClientUnadvertise: tell("has no more"),
    parameters: {},
  });
  const channels = TOPICS.map((topic) => device.context.channel({ topic, encoding: "json", qos: "reliable" }));
  const viewers: Array<RawViewer | undefined> = [];
  const model = new Model();
  for (const deed of deeds) {
    if (deed.do === "lose") {
      hub.participant("rover").kick();
      // Longer than the device waits before it joins again, however often it has been lost.
      yield* advance(61_000, 20_000);
      model.end();
      // Those that are in the room are there again, in the order in which the hub has them.
      for (const identity of hub.identities()) if (identity !== "rover") model.join(Number(identity.at(-1)));
      // Streams to the device that was there before lead nowhere.
      for (const viewer of viewers) viewer?.reopen();
      continue;
    }
    const viewer = viewers[deed.who];
    switch (deed.do) {
      case "join":
        viewers[deed.who] = yield* RawViewer.join(hub, `viewer-${deed.who}`);
        model.join(deed.who);
        break;
      case "leave":
        viewers[deed.who] = undefined;
        if (viewer !== undefined) yield* viewer.leave;
        model.leave(deed.who);
        break;
      case "reset":
        if (viewer === undefined) break;
        hub.participant("rover").failWrites(1);
        // Whatever is answered to it cannot be written.
        yield* viewer.send({ op: "getParameters", parameterNames: [] });
        // Resets of one viewer wait longer each time within a minute.
        yield* advance(61_000, 20_000);
        model.join(deed.who);
        break;
      default:
        if (viewer !== undefined) yield* viewer.send(messageOf(deed, channels));
        model.do(deed);
    }
    yield* settle;
  }
  yield* device.gateway.closeEffect;
  model.end();
  return { told, expected: model.told };
});

function messageOf(
  deed: Request,
  channels: ReadonlyArray<Channel>,
): ClientMessage {
  switch (deed.do) {
    case "subscribe":
      return subscribe(...deed.topics.map((topic) => channels[topic]?.id ?? 0));
    case "unsubscribe":
      return { op: "unsubscribe", channelIds: deed.topics.map((topic) => channels[topic]?.id ?? 0) };
    case "watch":
      return { op: "subscribeParameterUpdates", parameterNames: deed.names };
    case "unwatch":
      return { op: "unsubscribeParameterUpdates", parameterNames: deed.names };
    case "follow":
      return { op: "subscribeConnectionGraph" };
    case "unfollow":
      return { op: "unsubscribeConnectionGraph" };
    case "advertise":
      return {
        op: "advertise",
        channels: deed.ids.map((id) => ({ id, topic: `/own${id}`, encoding: "json", schemaName: "" })),
      };
    case "unadvertise":
      return { op: "unadvertise", channelIds: deed.ids };
  }
}

/** Runs one list of deeds on a clock of its own. */
function told(deeds: ReadonlyArray<Deed>, replacement: "old-first" | "new-first") {
  return Effect.runPromise(
    Effect.provide(Effect.scoped(run(deeds, replacement)), TestClock.layer({ warningDelay: "1 hour" })),
  );
}

describe("what an application is told of viewers that come and go", () => {
  it("comes once each, and in the order of the clean-up, whatever has ended them", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.array(deed, { minLength: 1, maxLength: 40, size: "max" }),
        fc.constantFrom("old-first", "new-first"),
        async (deeds, replacement) => {
          const { told: actual, expected } = await told(deeds, replacement);
          for (const line of expected) seen.add(line.split(" viewer")[0] ?? "");
          assert.deepStrictEqual(actual, expected);
        },
      ),
      { seed: SEED, numRuns: RUNS },
    );
    for (const line of ["+", "-", "has", "has no more", "followed", "not followed"]) assert.include([...seen], line);
  }, 60_000);

  // The full clean-up of one instance, spelled out.
  for (const end of ["leave", "join", "reset", "lose"] as const) {
    it.effect(`spelled out for ${end}`, () =>
      Effect.gen(function* () {
        const deeds: ReadonlyArray<Deed> = [
          { do: "join", who: 0 },
          { do: "advertise", who: 0, ids: [8, 7] },
          { do: "subscribe", who: 0, topics: [2, 0] },
          { do: "watch", who: 0, names: ["q", "p"] },
          { do: "follow", who: 0 },
          end === "lose" ? { do: end } : { do: end, who: 0 },
        ];
        const { told } = yield* run(deeds, "old-first");
        assert.deepStrictEqual(told.slice(6), [
          "not watched q,p",
          "not followed",
          "- viewer-0 /c",
          "- viewer-0 /a",
          "has no more viewer-0 8",
          "has no more viewer-0 7",
        ]);
      }));
  }
});
