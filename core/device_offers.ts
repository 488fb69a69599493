/**
 * What a device offers and tells at run time, beside its channels: the part of {@linkcode Gateway} that goes by the
 * device's capabilities.
 */
import { connectionGraph, type ConnectionGraphOptions, wholeGraph } from "./connection_graph.ts";
import type { StatusOptions } from "./gateway_options.ts";
import { InvalidArgument, received, timeProblem } from "./invalid_argument.ts";
import type { Log } from "./log.ts";
import type { Offering } from "./offering.ts";
import {
  checkParameter,
  encodeServerFrame,
  FrameTooLarge,
  type Parameter,
  type ServerMessage,
} from "./protocol/mod.ts";
import { type Service, ServiceError } from "./session/service_table.ts";
import type { Session } from "./session/session.ts";
import { statusIdsProblem, statusProblem } from "./session/status.ts";

/** What telling viewers needs of the gateway. */
export interface DeviceOffersOptions {
  readonly offering: Offering;
  readonly log: Log;
  /** The session, while there is one. */
  readonly session: () => Session | undefined;
}

/**
 * Services, parameter values, the connection graph, statuses and the time of a {@linkcode Gateway}. Services and the graph
 * stay over reconnects; of what else is told while there is no session, nobody hears.
 *
 * @example
 * ```ts
 * import type { Gateway } from "@fieldlink/fieldlink";
 *
 * function ready(gateway: Gateway) {
 *   gateway.addServices([{ name: "/dock", request: { encoding: "json" }, handler: () => ({ docked: true }) }]);
 *   gateway.publishStatus({ level: "info", message: "ready", id: "state" });
 * }
 * console.log(ready);
 * ```
 */
export abstract class DeviceOffers {
  readonly #offering: Offering;
  readonly #log: Log;
  readonly #session: () => Session | undefined;

  /** For {@linkcode Gateway}. */
  protected constructor({ offering, log, session }: DeviceOffersOptions) {
    this.#offering = offering;
    this.#log = log;
    this.#session = session;
  }

  /** The names of the services that there are, in the order in which they were added. */
  get services(): ReadonlyArray<string> {
    return this.#offering.services.all.map(({ declared }) => declared.name);
  }

  /**
   * Adds services, all or none, and tells the viewers of them in one message. They stay over reconnects.
   *
   * @throws {ServiceError} when a name is taken or given twice, a request encoding is missing, a service cannot be told to
   * viewers, or the device does not have the capability `services`.
   * @throws {InvalidArgument} when the services are no list.
   */
  addServices(services: ReadonlyArray<Service>): void {
    checkList("addServices", "services", services);
    if (services.length === 0) return;
    const { services: table, supportedEncodings } = this.#offering;
    const missing = this.#offering.missing("addServices", "services");
    if (missing !== undefined) {
      const detail = 'the device does not have the capability "services": name it in "capabilities"';
      throw new ServiceError({ reason: "not-supported", service: services[0]!.name, detail });
    }
    const added = table.add(services, supportedEncodings);
    if (added instanceof ServiceError) throw added;
    this.#session()?.servicesAdded(added);
  }

  /**
   * Removes services by name, and tells the viewers. Unknown names are ignored. Calls under way are still answered.
   *
   * @throws {InvalidArgument} when the names are no list.
   */
  removeServices(names: ReadonlyArray<string>): void {
    checkList("removeServices", "names", names);
    const serviceIds = this.#offering.services.remove(names);
    if (serviceIds.length > 0) this.#session()?.servicesRemoved(serviceIds);
  }

  /**
   * Sends each viewer those of the values that it subscribes to; unset ones are left out. Nothing is kept. Without the
   * capability `parameters` nothing is sent, with an error in the log; nor is it to a viewer whose values do not fit into
   * a message.
   *
   * @throws {InvalidParameter} when a value is none that a parameter can hold, NaN for one.
   * @throws {InvalidArgument} when the values are no list.
   */
  publishParameterValues(parameters: ReadonlyArray<Parameter>): void {
    checkList("publishParameterValues", "values", parameters);
    for (const parameter of parameters) {
      const invalid = checkParameter(parameter);
      if (invalid !== undefined) throw invalid;
    }
    const missing = this.#offering.missing("publishParameterValues", "parameters");
    if (missing !== undefined) this.#log("error", "parameter values are not sent", { error: missing });
    else this.#session()?.publishParameterValues(parameters);
  }

  /**
   * Publishes the whole connection graph: viewers that follow it get what has changed. It stays over reconnects, and may be
   * published before there is a session.
   *
   * @throws {CapabilityMissing} without the capability `connectionGraph`.
   * @throws {InvalidArgument} when a name or an id is no text.
   * @throws {FrameTooLarge} when the graph does not fit into a message.
   */
  publishConnectionGraph(graph: ConnectionGraphOptions): void {
    const missing = this.#offering.missing("publishConnectionGraph", "connectionGraph");
    if (missing !== undefined) throw missing;
    const after = connectionGraph(graph);
    if (typeof after === "string") throw new InvalidArgument({ operation: "publishConnectionGraph", detail: after });
    checkFrame(wholeGraph(after));
    const before = this.#offering.graph;
    this.#offering.graph = after;
    this.#session()?.graphChanged(before, after);
  }

  /**
   * Tells all viewers something. A later status with the same id takes its place. Nothing is kept for those who come later.
   *
   * @throws {InvalidArgument} when the level is none, or the message or the id is no text.
   * @throws {FrameTooLarge} when it does not fit into a message.
   */
  publishStatus(status: StatusOptions): void {
    const detail = statusProblem(status);
    if (detail !== undefined) throw new InvalidArgument({ operation: "publishStatus", detail });
    const { level, message, id } = status;
    this.#broadcast({ op: "status", level, message, ...(id === undefined ? {} : { id }) });
  }

  /**
   * Takes statuses back, by their ids. Without ids nothing is sent.
   *
   * @throws {InvalidArgument} when an id is no text.
   * @throws {FrameTooLarge} when the ids do not fit into a message.
   */
  removeStatus(statusIds: ReadonlyArray<string>): void {
    const detail = statusIdsProblem(statusIds);
    if (detail !== undefined) throw new InvalidArgument({ operation: "removeStatus", detail });
    if (statusIds.length > 0) this.#broadcast({ op: "removeStatus", statusIds });
  }

  /**
   * Tells all viewers what time it is at the device, in ns since the Unix epoch, where that is not the time of their own
   * clocks: in a simulation, or while a recording is played.
   *
   * @throws {CapabilityMissing} without the capability `time`.
   * @throws {InvalidArgument} when the time is no bigint of 64 bits without sign.
   */
  publishTime(timestamp: bigint): void {
    const missing = this.#offering.missing("publishTime", "time");
    if (missing !== undefined) throw missing;
    const detail = timeProblem("the time", timestamp);
    if (detail !== undefined) throw new InvalidArgument({ operation: "publishTime", detail });
    this.#session()?.broadcast({ op: "time", timestamp });
  }

  /** Tells all viewers what the application has made. */
  #broadcast(message: ServerMessage): void {
    checkFrame(message);
    this.#session()?.broadcast(message);
  }
}

/** Throws where a message that the application has made does not fit into a frame. */
function checkFrame(message: ServerMessage): void {
  const frame = encodeServerFrame(message);
  if (frame instanceof FrameTooLarge) throw frame;
}

/** Throws where something else than a list was given. Text is one to a loop: a list of its letters, which nobody means. */
function checkList(operation: string, what: string, given: unknown): void {
  if (Array.isArray(given)) return;
  throw new InvalidArgument({ operation, detail: `the ${what} must be a list: received ${received(given)}` });
}
