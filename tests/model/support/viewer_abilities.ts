/**
 * What a viewer of this library does beside subscribing to channels, and what it hears of it.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Cause from "effect/Cause";
import type { GraphWatch, ParameterWatch, Viewer, ViewerChannel } from "../../../mod.ts";
import type { Abilities } from "./abilities.ts";
import type { Asked } from "./asks.ts";
import { describeGraph, PARAMETERS } from "./offering.ts";
import type { PeerOptions } from "./peer.ts";

const PROBES: ReadonlyArray<Asked> = ["quick", "fails", "asset", "get", "set"];
const OWN = 1;
const TIMEOUT_MS = 5_000;

export class ViewerAbilities implements Abilities {
  readonly #options: PeerOptions;
  readonly #viewer: () => Viewer | undefined;
  readonly #own = new Map<number, ViewerChannel>();
  #watch: ParameterWatch | undefined;
  #follow: GraphWatch | undefined;
  #published = 0;
  #probes: Array<number> = [];
  #probed = 0;

  constructor(options: PeerOptions, viewer: () => Viewer | undefined) {
    this.#options = options;
    this.#viewer = viewer;
  }

  ask(asked: Asked): void {
    const viewer = this.#viewer();
    if (viewer === undefined) return;
    const { asks, calls, name, identity } = this.#options;
    const number = asks.begin(name, identity, asked);
    this.#probes.push(number);
    const asking = Effect.map(Effect.exit(this.#request(viewer, asked, number)), (exit) => {
      if (Exit.isSuccess(exit)) return asks.answered(name, identity, number, "answer", exit.value);
      const error = Cause.squash(exit.cause);
      const tag = typeof error === "object" && error !== null && "_tag" in error ? error._tag : "";
      const isAnswered = tag === "ServiceCallFailed" || tag === "AssetFailed" || tag === "UnknownService";
      if (isAnswered && error instanceof Error) asks.answered(name, identity, number, "failure", error.message);
    });
    calls.begin(`request ${number} (${asked}) of ${name}`, asking);
  }

  watch(names: ReadonlyArray<string>): void {
    const { violations, name } = this.#options;
    this.#watch?.close();
    this.#watch = this.#viewer()?.watchParameters(names);
    const known = new Map<string, number>();
    this.#watch?.onChange(({ name: parameter, value }) => {
      const before = known.get(parameter) ?? 0;
      violations.check(
        typeof value === "number" && value >= before,
        () => `${name} hears of ${parameter} as ${String(value)} after ${before}`,
      );
      if (typeof value === "number") known.set(parameter, value);
    });
  }

  unwatch(): void {
    this.#watch?.close();
    this.#watch = undefined;
  }

  follow(): void {
    this.#follow ??= this.#viewer()?.watchConnectionGraph();
  }

  unfollow(): void {
    this.#follow?.close();
    this.#follow = undefined;
  }

  openOwn(own: number): void {
    if (this.#own.has(own)) return;
    const channel = this.#viewer()?.channel({ topic: `/own${own}`, encoding: "json" });
    if (channel !== undefined) this.#own.set(own, channel);
  }

  closeOwn(own: number): void {
    this.#own.get(own)?.close();
    this.#own.delete(own);
  }

  publishOwn(own: number, count: number): void {
    for (let times = 0; times < count; times += 1) {
      this.#published += 1;
      this.#own.get(own)?.publish(`${this.#options.name}|${this.#published}`);
    }
  }

  probe(): void {
    this.#probes = [];
    for (const asked of PROBES) this.ask(asked);
    this.watch(PARAMETERS);
    this.follow();
    this.openOwn(OWN);
    this.publishOwn(OWN, 1);
    this.#probed = this.#published;
  }

  checkProbe(): void {
    const { asks, violations, offering, name } = this.#options;
    asks.checkAnswered(this.#probes);
    const isHeard = offering.hasGot(name, `/own${OWN}`, this.#probed);
    violations.check(isHeard, () => `the device has not got message ${this.#probed} of ${name} in a calm time`);
    violations.check(this.#watch !== undefined && this.#follow !== undefined, () => `${name} follows nothing`);
    this.checkStanding();
  }

  checkStanding(): void {
    const { violations, offering, name } = this.#options;
    const [watch, follow] = [this.#watch, this.#follow];
    if (watch !== undefined) {
      violations.check(watch.isCurrent, () => `${name} has not got its parameters in a calm time`);
      for (const parameter of watch.names) {
        const [known, value] = [watch.values.get(parameter)?.value, offering.values.get(parameter)];
        violations.check(known === value, () => `${name} knows ${parameter} as ${String(known)} where it is ${value}`);
      }
    }
    if (follow !== undefined) {
      violations.check(follow.isCurrent, () => `${name} has not got the graph in a calm time`);
      const graph = describeGraph(follow.graph);
      violations.check(
        graph === offering.graph,
        () => `${name} knows the graph as ${graph} where it is ${offering.graph}`,
      );
    }
    const isFirst = name.endsWith("(1)");
    const present = this.#options.device.gateway?.viewers.find(({ client }) =>
      client.identity === this.#options.identity
    );
    const told = present?.ownChannels.map(({ topic }) => topic).sort().join();
    const open = [...this.#own.values()].map(({ topic }) => topic).sort().join();
    // One that comes after another instance may have what that one has asked for last.
    violations.check(!isFirst || told === open, () => `${name} has the channels ${open}, and the device has ${told}`);
  }

  /** No request is left that has not ended. */
  checkEmpty(): void {
    const { violations, name } = this.#options;
    for (const [kind, count] of Object.entries(this.#viewer()?.pendingRequests ?? {})) {
      violations.check(count === 0, () => `${name} has ended and still has ${count} requests under way: ${kind}`);
    }
    const open = [...this.#own.values()].filter(({ isClosed }) => !isClosed);
    violations.check(open.length === 0, () => `${name} has ended and still has channels of its own`);
  }

  /** Makes a request; the text of its answer. */
  #request(viewer: Viewer, asked: Asked, number: number): Effect.Effect<string, unknown> {
    const options = { timeoutMs: TIMEOUT_MS };
    switch (asked) {
      case "asset":
      case "asset-fails":
      case "asset-hangs":
        return Effect.map(
          viewer.fetchAssetEffect(`${asked}:${number}`, options),
          (bytes) => new TextDecoder().decode(bytes),
        );
      case "get":
        return Effect.map(viewer.getParametersEffect([`n:${number}`], options), (values) => numberIn(values));
      case "set":
        return Effect.map(viewer.setParametersEffect({ [`n:${number}`]: 1 }, options), (values) => numberIn(values));
      default:
        return Effect.map(
          viewer.callServiceEffect(`/${asked}`, `${number}`, { ...options, encoding: "json" }),
          (reply) => reply.text(),
        );
    }
  }
}

function numberIn(values: ReadonlyMap<string, unknown>): string {
  return [...values.keys()][0]?.split(":")[1] ?? "nothing";
}
