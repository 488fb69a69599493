/**
 * What a device offers beside its channels. It belongs to the gateway and outlives its sessions.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { ConfigurationError } from "./configuration_error.ts";
import { type ConnectionGraph, emptyGraph } from "./connection_graph.ts";
import { received, timeProblem } from "./invalid_argument.ts";
import type { Log } from "./log.ts";
import { CAPABILITIES, type Capability } from "./protocol/mod.ts";
import type { AssetHandler } from "./session/assets.ts";
import type { ClientPublishCallbacks } from "./session/client_publish.ts";
import { type CommandRule, invalidRule } from "./session/commands.ts";
import type { ConnectionGraphCallbacks } from "./session/graph_subscribers.ts";
import type { ParameterCallbacks, ParameterSource } from "./session/parameters.ts";
import type { PlaybackSource } from "./session/playback.ts";
import { type Service, ServiceError, ServiceTable } from "./session/service_table.ts";

/** What a device offers beside its channels. */
export interface OfferingOptions extends ClientPublishCallbacks, ParameterCallbacks, ConnectionGraphCallbacks {
  /**
   * What the device can do beside what its handlers bring: `services` for those that are added later, `clientPublish`,
   * `connectionGraph`, `time`, `parameters`. Default: what the handlers bring.
   */
  readonly capabilities?: ReadonlyArray<Capability>;
  /** Message encodings that the device takes from viewers, for example `json`. Those of its first services are added. */
  readonly supportedEncodings?: ReadonlyArray<string>;
  /** Rules for the viewers' own channels: how old a command may be, and who hears of it when none comes. */
  readonly commands?: ReadonlyArray<CommandRule>;
  /** Services from the start; of two with one name the later counts. They bring the capability `services`. */
  readonly services?: ReadonlyArray<Service>;
  /** Answers gets and sets of parameters. Brings `parameters` and `parametersSubscribe`. */
  readonly parameters?: ParameterSource;
  /** Gives assets by their URI. Brings `assets`. */
  readonly assets?: AssetHandler;
  /** A recording that viewers play, pause and seek. Brings `playbackControl` and `time`. */
  readonly playback?: PlaybackSource;
}

/** Fields of {@linkcode CapabilityMissing}. */
export interface CapabilityMissingFields {
  /** What was called. */
  readonly operation: string;
  /** The capability that it needs. */
  readonly capability: Capability;
}

const CapabilityMissingBase: new (fields: CapabilityMissingFields) =>
  & Cause.YieldableError
  & { readonly _tag: "CapabilityMissing" }
  & Readonly<CapabilityMissingFields> = Data.TaggedError("CapabilityMissing");

/**
 * The device has not said that it can do this, so no viewer would expect it. Nothing has been sent.
 *
 * @example
 * ```ts
 * import { CapabilityMissing } from "@fieldlink/fieldlink";
 *
 * const error = new CapabilityMissing({ operation: "publishConnectionGraph", capability: "connectionGraph" });
 * console.log(error.message);
 * ```
 */
export class CapabilityMissing extends CapabilityMissingBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `${this.operation} needs the capability "${this.capability}": name it in the gateway's "capabilities"`;
  }
}

/** What a device offers beside its channels, with what of it changes at run time. */
export class Offering {
  readonly capabilities: ReadonlySet<Capability>;
  readonly supportedEncodings: ReadonlySet<string>;
  readonly services: ServiceTable = new ServiceTable();
  readonly callbacks: ClientPublishCallbacks & ParameterCallbacks & ConnectionGraphCallbacks;
  readonly commands: ReadonlyArray<CommandRule>;
  readonly parameters: ParameterSource;
  readonly assets: AssetHandler | undefined;
  readonly playback: PlaybackSource | undefined;
  /** The connection graph as it was published last. */
  graph: ConnectionGraph = emptyGraph;

  private constructor(options: OfferingOptions, services: ReadonlyArray<Service>) {
    const ofServices = services.flatMap((service) => service?.request?.encoding ?? []);
    this.capabilities = capabilitiesOf(options);
    this.supportedEncodings = new Set([...options.supportedEncodings ?? [], ...ofServices]);
    this.callbacks = options;
    this.commands = options.commands ?? [];
    this.parameters = options.parameters ?? {};
    this.assets = options.assets;
    this.playback = options.playback;
  }

  /** What the options offer, or what is wrong with them. */
  static make(options: OfferingOptions, log: Log): Offering | ConfigurationError {
    const services = withoutRepeats(options.services ?? [], log);
    const offering = new Offering(options, services);
    const added = offering.services.add(services, offering.supportedEncodings);
    const detail = added instanceof ServiceError ? added.message : offering.#problem();
    return detail === undefined ? offering : new ConfigurationError({ detail });
  }

  /** What is wrong when something is asked of a device without the capability. */
  missing(operation: string, capability: Capability): CapabilityMissing | undefined {
    return this.capabilities.has(capability) ? undefined : new CapabilityMissing({ operation, capability });
  }

  #problem(): string | undefined {
    const unknown = [...this.capabilities].find((capability) => !CAPABILITIES.has(capability));
    if (unknown !== undefined) {
      return `"capabilities" has ${received(unknown)}, which is none of ${[...CAPABILITIES].join(", ")}`;
    }
    const encoding: unknown = [...this.supportedEncodings].find((one) => typeof one !== "string" || one === "");
    if (encoding !== undefined) return `"supportedEncodings" must have names: received ${received(encoding)}`;
    if (this.capabilities.has("assets") && this.assets === undefined) {
      return 'the capability "assets" needs a handler: set the option "assets"';
    }
    if (this.capabilities.has("playbackControl") && this.playback === undefined) {
      return 'the capability "playbackControl" needs something to play: set the option "playback"';
    }
    return this.#playbackProblem() ?? invalidRule(this.commands);
  }

  #playbackProblem(): string | undefined {
    if (this.playback === undefined) return undefined;
    const { startTime, endTime, current, control } = this.playback;
    const problem = timeProblem('"playback.startTime"', startTime) ?? timeProblem('"playback.endTime"', endTime);
    if (problem !== undefined) return problem;
    if (startTime > endTime) return `"playback" ends before it starts: received ${startTime} to ${endTime}`;
    return typeof current === "function" && typeof control === "function"
      ? undefined
      : '"playback" needs the functions "current" and "control"';
  }
}

function capabilitiesOf(options: OfferingOptions): ReadonlySet<Capability> {
  const capabilities = new Set(options.capabilities);
  const { services, parameters, assets, playback } = options;
  const { onClientAdvertise, onClientUnadvertise, onMessageData } = options;
  const { onConnectionGraphSubscribe, onConnectionGraphUnsubscribe } = options;
  if (onClientAdvertise ?? onClientUnadvertise ?? onMessageData) capabilities.add("clientPublish");
  if (onConnectionGraphSubscribe ?? onConnectionGraphUnsubscribe) capabilities.add("connectionGraph");
  if (services !== undefined && services.length > 0) capabilities.add("services");
  if (assets !== undefined) capabilities.add("assets");
  if (parameters !== undefined) capabilities.add("parameters");
  // Peers take the two for one: whoever has parameters has subscriptions to them.
  if (capabilities.has("parameters")) capabilities.add("parametersSubscribe");
  if (playback !== undefined) capabilities.add("playbackControl").add("time");
  return capabilities;
}

/** Of services with one name the last one. */
function withoutRepeats(services: ReadonlyArray<Service>, log: Log): ReadonlyArray<Service> {
  const byName = new Map<string, Service>();
  for (const service of services) {
    // What is no service at all is refused when it is added to the table.
    const name = service?.name;
    if (byName.has(name)) {
      log("warning", "two services have one name; the later one counts", { service: name });
      byName.delete(name);
    }
    byName.set(name, service);
  }
  return [...byName.values()];
}
