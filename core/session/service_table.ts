/**
 * The services of a device. The table outlives sessions (session semantics, section 9).
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { schemaOf, type SchemaOptions } from "../channel/descriptor.ts";
import { nextServiceId } from "../ids.ts";
import {
  advertiseServices,
  type DeclaredService,
  encodeAdvertiseFrames,
  type ServicePayload,
} from "../protocol/mod.ts";
import type { Handler } from "./handler.ts";

/**
 * A call of a service.
 *
 * @example
 * ```ts
 * import type { Service } from "@fieldlink/fieldlink";
 *
 * const echo: Service = { name: "/echo", request: { encoding: "json" }, handler: (request) => request.json() };
 * console.log(echo);
 * ```
 */
export class ServiceRequest {
  /** The service's name. */
  readonly service: string;
  /** The call, as the viewer has numbered it. */
  readonly callId: number;
  /** How the payload is encoded. */
  readonly encoding: string;
  /** What the viewer has sent: a view into what arrived. */
  readonly payload: Uint8Array;

  /** Made by the session. */
  constructor(service: string, callId: number, encoding: string, payload: Uint8Array) {
    this.service = service;
    this.callId = callId;
    this.encoding = encoding;
    this.payload = payload;
  }

  /** The payload read as UTF-8; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /**
   * The payload read as JSON; `undefined` where it is empty.
   *
   * @throws {SyntaxError} when it is no JSON.
   */
  json(): unknown {
    return this.payload.byteLength === 0 ? undefined : JSON.parse(this.text());
  }
}

/**
 * A response in an encoding of the handler's choice.
 *
 * @example
 * ```ts
 * import { type Service, ServiceResponse } from "@fieldlink/fieldlink";
 *
 * const version: Service = { name: "/version", handler: () => new ServiceResponse("2.1", "text") };
 * console.log(version);
 * ```
 */
export class ServiceResponse {
  /** What the viewer is sent. */
  readonly payload: Uint8Array | string;
  /** How it is encoded. */
  readonly encoding: string;

  /** A response that is encoded as it says. */
  constructor(payload: Uint8Array | string, encoding: string) {
    this.payload = payload;
    this.encoding = encoding;
  }
}

/** What a service takes or gives. */
export interface ServicePayloadOptions {
  /** How the payload is encoded, for example `json`. */
  readonly encoding: string;
  /** What the payload looks like. Default: a schema without name and content. */
  readonly schema?: SchemaOptions;
}

/**
 * A service. Its handler gives bytes or text, which are sent as they are; a {@linkcode ServiceResponse}, which says its
 * own encoding; or anything else, which is sent as JSON where the response's encoding is `json`.
 */
export interface Service {
  /** The name to call it by, for example `/reboot`. One device has each name once. */
  readonly name: string;
  /** What kind of service it is, for example `std_srvs/srv/Empty`. Default: empty. */
  readonly type?: string;
  /** What it takes. Default: nothing is declared; calls may be in any encoding that the device supports. */
  readonly request?: ServicePayloadOptions;
  /** What it gives. Default: nothing is declared; responses are in the encoding of their requests. */
  readonly response?: ServicePayloadOptions;
  /** Answers a call. */
  readonly handler: Handler<ServiceRequest, unknown>;
}

/** Why services cannot be added. */
export type ServiceErrorReason = "duplicate" | "missing-encoding" | "not-supported" | "invalid";

/** Fields of {@linkcode ServiceError}. */
export interface ServiceErrorFields {
  /** Why, as a class. */
  readonly reason: ServiceErrorReason;
  /** The service that is at fault. */
  readonly service: string;
  /** What is wrong and what to do. */
  readonly detail: string;
}

const ServiceErrorBase: new (fields: ServiceErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ServiceError" }
  & Readonly<ServiceErrorFields> = Data.TaggedError("ServiceError");

/**
 * Services cannot be added. None of those that were given has been.
 *
 * @example
 * ```ts
 * import { type Gateway, ServiceError } from "@fieldlink/fieldlink";
 *
 * function add(gateway: Gateway) {
 *   try {
 *     gateway.addServices([{ name: "/echo", handler: (request) => request.payload }]);
 *   } catch (error) {
 *     if (error instanceof ServiceError && error.reason === "duplicate") console.log(error.message);
 *   }
 * }
 * console.log(add);
 * ```
 */
export class ServiceError extends ServiceErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `cannot add the service "${this.service}": ${this.detail}`;
  }
}

/** A service in the table. */
export interface RegisteredService {
  readonly declared: DeclaredService;
  readonly handler: Handler<ServiceRequest, unknown>;
}

const decoder = new TextDecoder();

/** Services by id and by name. */
export class ServiceTable {
  readonly #byId = new Map<number, RegisteredService>();
  readonly #idByName = new Map<string, number>();

  /** All services, in the order in which they were added. */
  get all(): ReadonlyArray<RegisteredService> {
    return [...this.#byId.values()];
  }

  /** The service with that id. */
  get(id: number): RegisteredService | undefined {
    return this.#byId.get(id);
  }

  /** The service of that name. */
  named(name: string): RegisteredService | undefined {
    return this.#byId.get(this.#idByName.get(name) ?? 0);
  }

  /** Adds all of them or none. `encodings` are those that the device supports. */
  add(
    services: ReadonlyArray<Service>,
    encodings: ReadonlySet<string>,
  ): ReadonlyArray<RegisteredService> | ServiceError {
    const names = new Set<string>();
    for (const service of services) {
      const error = this.#problem(service, names, encodings);
      if (error !== undefined) return error;
      names.add(service.name);
    }
    const made = services.map(registered);
    const error = encodeProblem(made);
    if (error !== undefined) return error;
    for (const service of made) {
      this.#byId.set(service.declared.id, service);
      this.#idByName.set(service.declared.name, service.declared.id);
    }
    return made;
  }

  /** Takes services out; gives the ids of those that were there. */
  remove(names: Iterable<string>): ReadonlyArray<number> {
    const removed: Array<number> = [];
    for (const name of names) {
      const id = this.#idByName.get(name);
      if (id === undefined) continue;
      this.#idByName.delete(name);
      this.#byId.delete(id);
      removed.push(id);
    }
    return removed;
  }

  #problem(
    service: Service,
    names: ReadonlySet<string>,
    encodings: ReadonlySet<string>,
  ): ServiceError | undefined {
    // Programs without types can give anything.
    if (typeof service !== "object" || service === null) {
      return new ServiceError({ reason: "invalid", service: String(service), detail: "it is no object" });
    }
    const { name, request } = service;
    const error = (reason: ServiceErrorReason, detail: string) =>
      new ServiceError({ reason, service: String(name), detail });
    const invalid = partProblem(service);
    if (invalid !== undefined) return error("invalid", invalid);
    if (names.has(name) || this.#idByName.has(name)) {
      return error("duplicate", "there is one of that name already; remove it first, or take another name");
    }
    if (request === undefined && encodings.size === 0) {
      const detail = "it declares no request encoding and the device supports none: set one of the two";
      return error("missing-encoding", detail);
    }
    if (request !== undefined && (request.encoding ?? "") === "") {
      return error("missing-encoding", "its request has no encoding");
    }
    return undefined;
  }
}

/** What is wrong with the parts of a service, whatever else there is. */
function partProblem({ name, type, handler, request, response }: Service): string | undefined {
  if (typeof name !== "string" || name === "") return "a service needs a name";
  if (typeof handler !== "function") return "a service needs a handler, which is a function";
  if (type !== undefined && typeof type !== "string") return "its type must be text";
  return sideProblem("request", request) ?? sideProblem("response", response);
}

function sideProblem(what: string, side: ServicePayloadOptions | undefined): string | undefined {
  if (side === undefined) return undefined;
  if (typeof side !== "object" || side === null) return `its ${what} must be an object`;
  const { encoding = "", schema } = side;
  if (typeof encoding !== "string") return `the encoding of its ${what} must be text`;
  if (schema === undefined) return undefined;
  if (typeof schema !== "object" || schema === null) return `the schema of its ${what} must be an object`;
  const { name, encoding: schemaEncoding = "", data = "" } = schema;
  if (typeof name !== "string" || typeof schemaEncoding !== "string") {
    return `the schema of its ${what} must have a name and an encoding that are text`;
  }
  return typeof data === "string" || data instanceof Uint8Array
    ? undefined
    : `the schema of its ${what} must be text or bytes`;
}

function registered({ name, type = "", request, response, handler }: Service): RegisteredService {
  const declared: DeclaredService = {
    id: nextServiceId(),
    name,
    type,
    ...(request === undefined ? {} : { request: payloadOf(request) }),
    ...(response === undefined ? {} : { response: payloadOf(response) }),
  };
  return { declared, handler };
}

function payloadOf({ encoding = "", schema = { name: "" } }: ServicePayloadOptions): ServicePayload {
  return { encoding, schema: schemaOf(schema) };
}

/** What keeps a service from being told to viewers. */
function encodeProblem(services: ReadonlyArray<RegisteredService>): ServiceError | undefined {
  const { message, refused } = advertiseServices(services.map(({ declared }) => declared));
  const [first] = refused;
  if (first !== undefined) {
    return new ServiceError({ reason: "invalid", service: first.name, detail: first.error.message });
  }
  const [tooLarge] = encodeAdvertiseFrames(message).tooLarge;
  if (tooLarge === undefined) return undefined;
  const service = services.find(({ declared }) => declared.id === tooLarge.id)?.declared.name ?? "";
  return new ServiceError({ reason: "invalid", service, detail: tooLarge.error.message });
}
