/**
 * What a viewer at wire level does beside subscribing to channels, and what it hears of it.
 */
import { applyGraphUpdate, type ConnectionGraph, emptyGraph } from "../../../core/connection_graph.ts";
import type { ClientMessage, ServerMessage } from "../../../core/protocol/mod.ts";
import type { Abilities } from "./abilities.ts";
import type { Asked } from "./asks.ts";
import { describeGraph, PARAMETERS } from "./offering.ts";
import type { PeerOptions } from "./peer.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const PROBES: ReadonlyArray<Asked> = ["quick", "fails", "asset", "get", "set"];
const OWN = 1;

export class RawAbilities implements Abilities {
  readonly #options: PeerOptions;
  readonly #say: (...messages: ReadonlyArray<ClientMessage>) => void;
  /** What the newest control stream has told of services: ids by name. */
  #services = new Map<string, number>();
  #graph: ConnectionGraph = emptyGraph;
  /** Whether it has stopped following on the newest stream: what it knows of the graph is old then. */
  #hasUnfollowed = false;
  readonly #wanted = new Set<string>();
  readonly #values = new Map<string, number>();
  #updates = 0;
  #published = 0;
  #probes: Array<number> = [];
  #probed: { readonly message: number; readonly updates: number } | undefined;

  constructor(options: PeerOptions, say: (...messages: ReadonlyArray<ClientMessage>) => void) {
    this.#options = options;
    this.#say = say;
  }

  ask(asked: Asked): void {
    const number = this.#options.asks.begin(this.#options.name, this.#options.identity, asked);
    this.#probes.push(number);
    const message = this.#request(asked, number);
    if (message !== undefined) this.#say(message);
  }

  watch(names: ReadonlyArray<string>): void {
    for (const name of names) this.#wanted.add(name);
    this.#say({ op: "subscribeParameterUpdates", parameterNames: names });
  }

  unwatch(): void {
    this.#say({ op: "unsubscribeParameterUpdates", parameterNames: PARAMETERS });
  }

  follow(): void {
    this.#say({ op: "subscribeConnectionGraph" });
  }

  unfollow(): void {
    this.#hasUnfollowed = true;
    this.#say({ op: "unsubscribeConnectionGraph" });
  }

  openOwn(own: number): void {
    this.#say({ op: "advertise", channels: [{ id: own, topic: `/own${own}`, encoding: "json", schemaName: "" }] });
  }

  closeOwn(own: number): void {
    this.#say({ op: "unadvertise", channelIds: [own] });
  }

  publishOwn(own: number, count: number): void {
    for (let times = 0; times < count; times += 1) {
      this.#published += 1;
      const data = encoder.encode(`${this.#options.name}|${this.#published}`);
      this.#say({ op: "messageData", channelId: own, data });
    }
  }

  /** It asks for nothing by itself after a reset. */
  checkStanding(): void {}

  probe(): void {
    this.#probes = [];
    for (const asked of PROBES) this.ask(asked);
    this.watch(PARAMETERS);
    this.follow();
    this.openOwn(OWN);
    this.publishOwn(OWN, 1);
    this.#probed = { message: this.#published, updates: this.#updates };
  }

  checkProbe(): void {
    const { asks, violations, offering, name } = this.#options;
    asks.checkAnswered(this.#probes);
    const { message = 0, updates = 0 } = this.#probed ?? {};
    const isHeard = offering.hasGot(name, `/own${OWN}`, message);
    violations.check(isHeard, () => `the device has not got message ${message} of ${name} in a calm time`);
    violations.check(
      this.#updates - updates === 1,
      () => `${name} has got ${this.#updates - updates} updates of parameters where there was one`,
    );
    for (const [parameter, value] of offering.values) {
      const known = this.#values.get(parameter);
      violations.check(known === value, () => `${name} knows ${parameter} as ${known} where it is ${value}`);
    }
    const graph = describeGraph(this.#graph);
    violations.check(
      this.#hasUnfollowed || graph === offering.graph,
      () => `${name} knows the graph as ${graph} where it is ${offering.graph}`,
    );
  }

  /** A message of the control stream that nobody else has taken. */
  take(message: ServerMessage): void {
    const { asks, name, identity } = this.#options;
    switch (message.op) {
      case "serverInfo":
        this.#services = new Map();
        this.#graph = emptyGraph;
        this.#hasUnfollowed = false;
        this.#values.clear();
        return;
      case "advertiseServices":
        for (const service of message.services) this.#services.set(service.name, service.id);
        return;
      case "unadvertiseServices":
        return this.#servicesGone(message.serviceIds);
      case "serviceCallResponse":
        return asks.answered(name, identity, message.callId, "answer", decoder.decode(message.payload));
      case "serviceCallFailure":
        return asks.answered(name, identity, message.callId, "failure", message.message);
      case "fetchAssetResponse":
        return message.status === "success"
          ? asks.answered(name, identity, message.requestId, "answer", decoder.decode(message.data))
          : asks.answered(name, identity, message.requestId, "failure", message.message);
      case "parameterValues":
        return this.#parameters(message);
      case "connectionGraphUpdate":
        this.#graph = applyGraphUpdate(this.#graph, message);
    }
  }

  #request(asked: Asked, number: number): ClientMessage | undefined {
    switch (asked) {
      case "asset":
      case "asset-fails":
      case "asset-hangs":
        return { op: "fetchAsset", requestId: number, uri: `${asked}:${number}` };
      case "get":
        return { op: "getParameters", parameterNames: [`n:${number}`], id: `${number}` };
      case "set":
        return { op: "setParameters", parameters: [{ name: `n:${number}`, value: 1 }], id: `${number}` };
      default: {
        const serviceId = asked === "unknown" ? 2 ** 31 : this.#services.get(`/${asked}`);
        if (serviceId === undefined) return undefined;
        const payload = encoder.encode(`${number}`);
        return { op: "serviceCallRequest", serviceId, callId: number, encoding: "json", payload };
      }
    }
  }

  #servicesGone(ids: ReadonlyArray<number>): void {
    const { violations, name } = this.#options;
    for (const id of ids) {
      const known = [...this.#services].find(([, known]) => known === id)?.[0];
      violations.check(known !== undefined, () => `${name} is told of the end of a service that it never had`);
      if (known !== undefined) this.#services.delete(known);
    }
  }

  #parameters({ id, parameters }: Extract<ServerMessage, { op: "parameterValues" }>): void {
    const { asks, violations, name, identity } = this.#options;
    if (id !== undefined) {
      const number = parameters[0]?.name.split(":")[1] ?? "nothing";
      return asks.answered(name, identity, Number(id), "answer", number);
    }
    this.#updates += 1;
    for (const { name: parameter, value } of parameters) {
      violations.check(this.#wanted.has(parameter), () => `${name} hears of ${parameter}, which it never watched`);
      const before = this.#values.get(parameter) ?? 0;
      violations.check(
        typeof value === "number" && value > before,
        () => `${name} hears of ${parameter} as ${String(value)} after ${before}`,
      );
      if (typeof value === "number") this.#values.set(parameter, value);
    }
  }
}
