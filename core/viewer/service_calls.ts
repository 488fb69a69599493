/**
 * The services of a device, and a viewer's calls of them (session section 9).
 */
import * as Effect from "effect/Effect";
import { notify } from "../log.ts";
import {
  type AdvertiseServices,
  readAdvertiseServices,
  type ReadService,
  type ServerMessage,
  type ServiceCallFailure,
  type ServiceCallResponse,
} from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";
import type { DeviceLink } from "./device_link.ts";
import { type ConnectionEnd, InvalidRequest } from "./request_errors.ts";
import { type NextStep, type RequestOptions, Requests } from "./requests.ts";
import { type ServiceCallError, ServiceCallFailed, UnknownService } from "./service_errors.ts";
import { ServiceReply } from "./service_reply.ts";

/** How many services of one device a viewer keeps. */
export const MAX_SERVICES = 65_536;
/** How many an error names. */
const MAX_NAMED = 10;
const JSON_ENCODING = "json";

/** How a service is called. */
export interface CallOptions extends RequestOptions {
  /**
   * How the request is written. Default: `json` for what is written as JSON; for bytes and text what the service declares,
   * else `json`.
   */
  readonly encoding?: string;
}

const encoder = new TextEncoder();

/** The services that a device offers, by name and by id, and the calls that wait for their answer. */
export class ServiceCalls implements SessionPart {
  readonly takes = [
    "advertiseServices",
    "unadvertiseServices",
    "serviceCallResponse",
    "serviceCallFailure",
  ] as const;
  readonly #access: DeviceAccess;
  readonly #calls: Requests<ServiceCallResponse | ServiceCallFailure, UnknownService>;
  readonly #byId = new Map<number, ReadService>();
  readonly #byName = new Map<string, ReadService>();

  constructor(access: DeviceAccess) {
    this.#access = access;
    this.#calls = new Requests({ access, capability: "services" });
  }

  /** All of them, by name. */
  all(): ReadonlyMap<string, ReadService> {
    return new Map(this.#byName);
  }

  /** How many calls have not ended. */
  get pending(): number {
    return this.#calls.size;
  }

  /** Calls a service, once there is a device that offers it. */
  call(name: string, request: unknown, options: CallOptions): Effect.Effect<ServiceReply, ServiceCallError> {
    return Effect.suspend(() => {
      const what = `the call of "${name}"`;
      const body = bodyOf(request);
      if (typeof body === "string") return Effect.fail(new InvalidRequest({ what, detail: body }));
      const answered = this.#calls.ask({
        what,
        timeoutMs: options.timeoutMs,
        next: (link, callId) => this.#next(link, name, callId, body, options.encoding),
      });
      return Effect.flatMap(
        answered,
        (answer) =>
          answer.op === "serviceCallResponse"
            ? Effect.succeed(new ServiceReply(answer.encoding, answer.payload))
            : Effect.fail(new ServiceCallFailed({ service: name, reason: answer.message })),
      );
    });
  }

  #next(
    link: DeviceLink,
    name: string,
    callId: number,
    body: Body,
    given: string | undefined,
  ): NextStep<UnknownService> {
    const service = this.#byName.get(name);
    if (service !== undefined) {
      const encoding = given ?? body.encoding ?? service.request?.encoding ?? JSON_ENCODING;
      return { send: { op: "serviceCallRequest", serviceId: service.id, callId, encoding, payload: body.payload } };
    }
    if (!link.isSettled) return { awaited: "service" };
    const known = [...this.#byName.keys()].slice(0, MAX_NAMED);
    const others = this.#byName.size - known.length;
    return { fail: new UnknownService({ service: name, device: link.serverInfo.name, known, others }) };
  }

  readonly handle = (message: ServerMessage): void => {
    switch (message.op) {
      case "advertiseServices":
        return this.#advertised(message);
      case "unadvertiseServices":
        return this.#unadvertised(message.serviceIds);
      case "serviceCallResponse":
      case "serviceCallFailure":
        return this.#answered(message);
    }
  };

  readonly streamFailed = (): void => this.#calls.lost("stream-failed");

  readonly lost = (reason: ConnectionEnd): (() => void) | undefined => {
    this.#calls.lost(reason);
    const removed = [...this.#byId.values()];
    this.#byId.clear();
    this.#byName.clear();
    return removed.length > 0 ? () => this.#tell([], removed) : undefined;
  };

  #answered(answer: ServiceCallResponse | ServiceCallFailure): void {
    const { op, callId, serviceId } = answer;
    const request = this.#calls.sent(callId);
    if (request?.op === "serviceCallRequest" && request.serviceId === serviceId) this.#calls.answer(callId, answer);
    else {this.#access.logOften("debug", "an answer to no call that waits for one is dropped", {
        op,
        callId,
        serviceId,
      });}
  }

  #advertised(message: AdvertiseServices): void {
    const { services, refused } = readAdvertiseServices(message);
    for (const { id, name, error } of refused) {
      this.#access.logOften("error", "an advertised service cannot be taken", { serviceId: id, name, error });
    }
    const taken = services.filter((service) => this.#take(service));
    if (taken.length < services.length) {
      this.#access.logOften("error", "a device offers more services than a viewer keeps; the others are left out", {
        kept: MAX_SERVICES,
      });
    }
    if (taken.length > 0) this.#tell(taken, []);
  }

  /** Takes a service in; it takes the place of those that have its id or its name. */
  #take(service: ReadService): boolean {
    if (this.#byId.size >= MAX_SERVICES && !this.#byId.has(service.id)) return false;
    this.#forget(service.id);
    const namesake = this.#byName.get(service.name);
    if (namesake !== undefined) this.#forget(namesake.id);
    this.#byId.set(service.id, service);
    this.#byName.set(service.name, service);
    return true;
  }

  #unadvertised(ids: ReadonlyArray<number>): void {
    const removed = ids.flatMap((id) => this.#forget(id) ?? []);
    if (removed.length > 0) this.#tell([], removed);
  }

  #forget(id: number): ReadService | undefined {
    const service = this.#byId.get(id);
    if (service === undefined) return undefined;
    this.#byId.delete(id);
    this.#byName.delete(service.name);
    return service;
  }

  #tell(advertised: ReadonlyArray<ReadService>, removed: ReadonlyArray<ReadService>): void {
    const { log, options, changed } = this.#access;
    changed.notify();
    notify(log, "onServices", options.onServices, advertised, removed);
  }
}

/** A request as it travels; the encoding is known where it was written here. */
interface Body {
  readonly payload: Uint8Array;
  readonly encoding?: string;
}

/** What goes into a request, or why it cannot. */
function bodyOf(request: unknown): Body | string {
  if (request === undefined) return { payload: new Uint8Array(0) };
  if (request instanceof Uint8Array) return { payload: request };
  if (typeof request === "string") return { payload: encoder.encode(request) };
  try {
    const text = JSON.stringify(request);
    if (typeof text === "string") return { payload: encoder.encode(text), encoding: JSON_ENCODING };
    return `what is sent must be bytes, text, or something that JSON can hold: received a ${typeof request}`;
  } catch (error) {
    return `it cannot be written as JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
}
