/**
 * What the device of a run offers beside its channels, with what its application is told held against a simple model.
 */
import * as Effect from "effect/Effect";
import type {
  Client,
  ClientChannel,
  ConnectionGraph,
  ConnectionGraphOptions,
  Gateway,
  GatewayOptions,
  Parameter,
  RequestContext,
  Service,
} from "../../../mod.ts";
import type { Asked, Asks } from "./asks.ts";
import type { RunTrace } from "./trace.ts";
import type { Violations } from "./violation.ts";

/** The parameters that there are. */
export const PARAMETERS: ReadonlyArray<string> = ["p0", "p1", "p2"];
/** How many nodes a graph can have. */
export const NODES = 4;
const SLOW_MS = 300;

/** What a run gives to its device's offering. */
export interface OfferingSideOptions {
  readonly asks: Asks;
  readonly violations: Violations;
  readonly trace: RunTrace;
  /** How a client is called in a trace. */
  readonly nameOf: (client: Client) => string;
}

export class OfferingSide {
  readonly #options: OfferingSideOptions;
  readonly #values = new Map<string, number>(PARAMETERS.map((name) => [name, 0]));
  /** Parameters that somebody watches, as far as the application has been told. */
  readonly #watched = new Set<string>();
  #isFollowed = false;
  /** The channels of clients, by client and id, with the newest message of each. */
  readonly #clientChannels = new Map<string, ClientChannel>();
  readonly #newest = new Map<string, number>();
  readonly #got = new Set<string>();
  #graph = 0;
  #hasExtra = false;

  constructor(options: OfferingSideOptions) {
    this.#options = options;
  }

  /** What a gateway is given. `heard` is called with each callback. */
  options(heard: (what: string) => void): Partial<GatewayOptions> {
    const { violations, trace } = this.#options;
    this.#hasExtra = false;
    return {
      supportedEncodings: ["json"],
      services: (["quick", "slow", "fails", "throws", "empty", "hangs", "hangs-promise"] as const).map((asked) =>
        this.#service(asked)
      ),
      assets: (uri, context) => {
        const [asked = "", number = ""] = uri.split(":");
        return this.#handle(
          asked === "asset-fails" || asked === "asset-hangs" ? asked : "asset",
          Number(number),
          context,
        );
      },
      parameters: {
        get: (names) => this.#get(names),
        set: (parameters) => {
          for (const { name } of parameters) this.#begun(name);
          return parameters;
        },
      },
      onParametersSubscribe: (names) => {
        heard("onParametersSubscribe");
        trace.add(`watched ${names.join()}`);
        for (const name of names) {
          violations.check(!this.#watched.has(name), () => `parameter ${name} has a first watcher a second time`);
          this.#watched.add(name);
        }
      },
      onParametersUnsubscribe: (names) => {
        heard("onParametersUnsubscribe");
        trace.add(`not watched ${names.join()}`);
        for (const name of names) {
          const had = this.#watched.delete(name);
          violations.check(had, () => `parameter ${name} has lost a last watcher that it never had`);
        }
      },
      onConnectionGraphSubscribe: () => {
        heard("onConnectionGraphSubscribe");
        trace.add("graph followed");
        violations.check(!this.#isFollowed, () => "the graph has a first follower a second time");
        this.#isFollowed = true;
      },
      onConnectionGraphUnsubscribe: () => {
        heard("onConnectionGraphUnsubscribe");
        trace.add("graph not followed");
        violations.check(this.#isFollowed, () => "the graph has lost a last follower that it never had");
        this.#isFollowed = false;
      },
      onClientAdvertise: (client, channel) => {
        heard("onClientAdvertise");
        const key = keyOf(client, channel);
        violations.check(!this.#clientChannels.has(key), () => `client channel ${channel.topic} is advertised again`);
        this.#clientChannels.set(key, channel);
        trace.add(`advertised ${this.#options.nameOf(client)} ${channel.topic}`);
      },
      onClientUnadvertise: (client, channel) => {
        heard("onClientUnadvertise");
        const had = this.#clientChannels.delete(keyOf(client, channel));
        violations.check(had, () => `client channel ${channel.topic} is taken back and never was there`);
        trace.add(`unadvertised ${this.#options.nameOf(client)} ${channel.topic}`);
      },
      onMessageData: (client, channel, data) => {
        heard("onMessageData");
        this.#published(client, channel, new TextDecoder().decode(data));
      },
    };
  }

  /** A new gateway: it hears of the graph that there is. */
  attach(gateway: Gateway): void {
    gateway.publishConnectionGraph(graphOf(this.#graph));
  }

  /** Counts parameters up, and tells those who watch them; tells the values. */
  publishParameters(gateway: Gateway, names: ReadonlyArray<string>): ReadonlyMap<string, number> {
    for (const name of names) this.#values.set(name, (this.#values.get(name) ?? 0) + 1);
    gateway.publishParameterValues(names.map((name) => this.#parameter(name)));
    return this.#values;
  }

  /** Another graph: a number says which nodes there are and what they do. */
  publishGraph(gateway: Gateway, number: number): void {
    this.#graph = number;
    gateway.publishConnectionGraph(graphOf(number));
  }

  /** Adds a service, or takes it away. */
  toggleService(gateway: Gateway): void {
    if (this.#hasExtra) gateway.removeServices(["/extra"]);
    else gateway.addServices([{ ...this.#service("quick"), name: "/extra" }]);
    this.#hasExtra = !this.#hasExtra;
  }

  /** The values of the parameters. */
  get values(): ReadonlyMap<string, number> {
    return this.#values;
  }

  /** The graph, in words that tell two apart. */
  get graph(): string {
    return describeGraph(graphOf(this.#graph));
  }

  /** Whether a message of a client's channel has come. */
  hasGot(by: string, topic: string, number: number): boolean {
    return this.#got.has(`${by} ${topic} ${number}`);
  }

  /** Nothing is left of anybody. */
  checkEmpty(): void {
    const { violations } = this.#options;
    violations.check(this.#watched.size === 0, () => `all viewers have left, but ${[...this.#watched]} are watched`);
    violations.check(!this.#isFollowed, () => "all viewers have left, but the graph is followed");
    const channels = [...this.#clientChannels.values()].map(({ topic }) => topic);
    violations.check(channels.length === 0, () => `all viewers have left, but ${channels} are there`);
    this.#options.asks.checkNoneUnderWay();
  }

  #service(asked: Asked): Service {
    return { name: `/${asked}`, handler: (request, context) => this.#handle(asked, Number(request.text()), context) };
  }

  /** Does what the kind says with a request; its answer is its number. */
  #handle(asked: Asked, number: number, { signal }: RequestContext) {
    const { asks } = this.#options;
    asks.handling(number);
    const over = Effect.sync(() => asks.handled(number));
    switch (asked) {
      case "slow":
        return Effect.ensuring(Effect.as(Effect.sleep(SLOW_MS), `${number}`), over);
      case "fails":
      case "asset-fails":
        return Effect.ensuring(Effect.fail(new Error("told to fail")), over);
      case "hangs":
      case "asset-hangs":
        return Effect.ensuring(Effect.never, over);
      case "hangs-promise":
        signal.addEventListener("abort", () => asks.handled(number));
        return new Promise<string>(() => {});
      case "throws":
        asks.handled(number);
        throw new Error("told to throw");
      case "empty":
        asks.handled(number);
        return undefined;
      default:
        asks.handled(number);
        return `${number}`;
    }
  }

  #get(names: ReadonlyArray<string>): ReadonlyArray<Parameter> {
    return (names.length === 0 ? PARAMETERS : names).map((name) =>
      this.#begun(name) ? { name, value: 1 } : this.#parameter(name)
    );
  }

  /** A name with a number in it is that of a request. */
  #begun(name: string): boolean {
    const [kind, number] = name.split(":");
    if (kind !== "n") return false;
    this.#options.asks.handling(Number(number));
    this.#options.asks.handled(Number(number));
    return true;
  }

  #parameter(name: string): Parameter {
    return { name, value: this.#values.get(name) ?? 0 };
  }

  #published(client: Client, channel: ClientChannel, text: string): void {
    const { violations, trace } = this.#options;
    const [by = "", count = ""] = text.split("|");
    const { topic } = channel;
    trace.add(`${this.#options.nameOf(client)} published ${count} on ${topic}`);
    violations.check(
      this.#clientChannels.has(keyOf(client, channel)),
      () => `${by} has published on ${topic}, which it has not advertised`,
    );
    const number = Number(count);
    const newest = this.#newest.get(by) ?? 0;
    violations.check(number > newest, () => `message ${number} of ${by} comes after message ${newest}`);
    this.#newest.set(by, number);
    this.#got.add(`${by} ${topic} ${number}`);
  }
}

/** A graph in words that tell two apart. */
export function describeGraph(graph: ConnectionGraph | ConnectionGraphOptions): string {
  const { publishedTopics, subscribedTopics, advertisedServices } = graph;
  return JSON.stringify([publishedTopics, subscribedTopics, advertisedServices].map((entries) => {
    const list = entries instanceof Map ? [...entries] : Object.entries(entries ?? {});
    return list.map(([name, ids]) => [name, [...ids].sort()]).filter(([, ids]) => ids?.length !== 0).sort();
  }));
}

/** The graph of a number: each node publishes a topic of its own, subscribes to the next one's, and provides a service. */
function graphOf(number: number): ConnectionGraphOptions {
  const nodes = Array.from({ length: NODES }, (_, node) => node).filter((node) => (number >> node & 1) === 1);
  const by = (topicOf: (node: number) => string): Record<string, ReadonlyArray<string>> =>
    Object.fromEntries(nodes.map((node) => [topicOf(node), [`node-${node}`, `node-${number}`]]));
  return {
    publishedTopics: by((node) => `/g${node}`),
    subscribedTopics: by((node) => `/g${(node + 1) % NODES}`),
    advertisedServices: by((node) => `/s${node}`),
  };
}

function keyOf(client: Client, { id }: ClientChannel): string {
  return `${client.id} ${id}`;
}
