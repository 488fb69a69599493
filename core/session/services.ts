/**
 * Calls of a device's services (session semantics, section 9).
 */
import type { Participant } from "../participant/participant.ts";
import {
  advertiseServices,
  encodeAdvertiseFrames,
  encodeServerFrame,
  type ServerMessage,
  type ServiceCallRequest,
} from "../protocol/mod.ts";
import { queueFrames } from "./advertising.ts";
import type { CapabilityOwner } from "./capability.ts";
import type { Outcome } from "./handler.ts";
import { refusalWords } from "./not_allowed.ts";
import type { Requests } from "./requests.ts";
import { type RegisteredService, ServiceRequest, ServiceResponse, type ServiceTable } from "./service_table.ts";

const encoder = new TextEncoder();

/** The frames that tell viewers of services; none, when there are none. */
export function serviceFrames(services: ReadonlyArray<RegisteredService>): ReadonlyArray<Uint8Array> {
  if (services.length === 0) return [];
  return encodeAdvertiseFrames(advertiseServices(services.map(({ declared }) => declared)).message).frames;
}

/** The frames of one broadcast: encoded once for all who may call every one of the services. */
export class ServiceFrames {
  readonly #services: ReadonlyArray<RegisteredService>;
  #all: ReadonlyArray<Uint8Array> | undefined;

  constructor(services: ReadonlyArray<RegisteredService>) {
    this.#services = services;
  }

  /** The frames for one viewer, of the services that it may call; none, when there are no such services. */
  for(participant: Participant): ReadonlyArray<Uint8Array> {
    const seen = participant.access.services.show(this.#services);
    if (seen !== this.#services) return serviceFrames(seen);
    this.#all ??= serviceFrames(seen);
    return this.#all;
  }
}

/** Tells viewers of services that are new, each of those that it may call. */
export function tellAdded(services: ReadonlyArray<RegisteredService>, viewers: ReadonlyArray<Participant>): void {
  const frames = new ServiceFrames(services);
  for (const viewer of viewers) queueFrames(viewer, frames.for(viewer));
}

/** Tells viewers of services that are gone, each of those that it has been told of; those of all in one go. */
export function tellRemoved(
  serviceIds: ReadonlyArray<number>,
  viewers: ReadonlyArray<Participant>,
  send: (to: ReadonlyArray<Participant>, message: ServerMessage) => void,
): void {
  const ofAll: Array<Participant> = [];
  for (const viewer of viewers) {
    const told = serviceIds.filter((id) => viewer.access.services.hide(id));
    if (told.length === serviceIds.length) ofAll.push(viewer);
    else if (told.length > 0) send([viewer], { op: "unadvertiseServices", serviceIds: told });
  }
  if (ofAll.length > 0) send(ofAll, { op: "unadvertiseServices", serviceIds });
}

/** The services of a session. */
export class Services {
  readonly #owner: CapabilityOwner;
  readonly #table: ServiceTable;
  readonly #encodings: ReadonlySet<string>;
  readonly #requests: Requests;

  /** `encodings` are those that the device supports. */
  constructor(owner: CapabilityOwner, table: ServiceTable, encodings: ReadonlySet<string>, requests: Requests) {
    this.#owner = owner;
    this.#table = table;
    this.#encodings = encodings;
    this.#requests = requests;
  }

  /** A viewer calls a service. */
  call(participant: Participant, request: ServiceCallRequest): void {
    const service = this.#table.get(request.serviceId);
    if (service === undefined) return this.#refuse(participant, request, "Unknown service");
    const { name, request: declared } = service.declared;
    if (!participant.access.allows("call", name)) {
      return this.#refuse(participant, request, refusalWords("call", [name]));
    }
    const isSupported = declared === undefined
      ? this.#encodings.has(request.encoding)
      : declared.encoding === request.encoding;
    if (!isSupported) return this.#refuse(participant, request, "Unsupported encoding");
    if (this.#requests.isFull(participant, "serviceCalls")) {
      return this.#refuse(participant, request, "Too many requests");
    }
    const asked = new ServiceRequest(name, request.callId, request.encoding, request.payload);
    this.#requests.run(participant, "serviceCalls", service.handler, asked, (outcome) => {
      this.#respond(participant, request, service, outcome);
    });
  }

  #respond(
    participant: Participant,
    request: ServiceCallRequest,
    service: RegisteredService,
    outcome: Outcome<unknown>,
  ): void {
    if (outcome.type === "failed") {
      this.#owner.log("info", "a service call has failed", { service: service.declared.name, error: outcome.error });
      return this.#refuse(participant, request, outcome.message);
    }
    if (outcome.type === "unanswered") {
      return this.#refuse(participant, request, "Internal error: the service handler failed to send a response");
    }
    const response = responseOf(outcome.value, service.declared.response?.encoding ?? request.encoding);
    if (typeof response === "string") return this.#refuse(participant, request, `Internal error: ${response}`);
    const { serviceId, callId } = request;
    const frame = encodeServerFrame({ op: "serviceCallResponse", serviceId, callId, ...response });
    if (frame instanceof Uint8Array) return participant.send(frame);
    this.#refuse(participant, request, `the response is too large to be sent: ${frame.message}`);
  }

  #refuse(participant: Participant, { serviceId, callId }: ServiceCallRequest, message: string): void {
    this.#owner.send(participant, { op: "serviceCallFailure", serviceId, callId, message });
  }
}

/** What a handler's answer is on the wire, or why it is nothing that can be sent. */
function responseOf(answer: unknown, encoding: string): { encoding: string; payload: Uint8Array } | string {
  if (answer instanceof Uint8Array) return { encoding, payload: answer };
  if (typeof answer === "string") return { encoding, payload: encoder.encode(answer) };
  if (answer instanceof ServiceResponse) return responseOf(answer.payload, answer.encoding);
  if (encoding !== "json") {
    return `the service handler gave neither bytes nor text, which the encoding "${encoding}" needs`;
  }
  try {
    const text = JSON.stringify(answer);
    return text === undefined
      ? "the service handler gave something that is no JSON"
      : { encoding, payload: encoder.encode(text) };
  } catch (error) {
    return `the service handler gave something that is no JSON: ${String(error)}`;
  }
}
