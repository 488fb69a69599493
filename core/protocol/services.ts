/**
 * From a device's services to `advertiseServices` messages and back (wire protocol, sections 3.1 and 3.4).
 */
import type { AdvertisedService, AdvertiseServices } from "./messages.ts";
import { readServiceSide, type ServicePayload, serviceSide } from "./schema.ts";
import { InvalidSchemaText, SchemaNotUtf8 } from "./schema_errors.ts";

/** A device's service as viewers are to see it. */
export interface DeclaredService {
  /** The id, a u32. */
  readonly id: number;
  /** The name to call it by. */
  readonly name: string;
  /** What kind of service it is. */
  readonly type: string;
  /** What it takes; absent: no schema was declared. */
  readonly request?: ServicePayload;
  /** What it gives; absent: no schema was declared. */
  readonly response?: ServicePayload;
}

/** A service as a viewer sees it. */
export interface ReadService extends DeclaredService {
  /** The bare name of the request's schema, from an older peer. */
  readonly requestSchema?: string;
  /** The bare name of the response's schema, likewise. */
  readonly responseSchema?: string;
}

/** A service that was left out, and why. */
export interface RefusedService<E> {
  /** The service's id. */
  readonly id: number;
  /** The service's name. */
  readonly name: string;
  /** Why it was left out. */
  readonly error: E;
}

/** The `advertiseServices` of the services, and those whose schemas do not encode. */
export function advertiseServices(services: Iterable<DeclaredService>): {
  readonly message: AdvertiseServices;
  readonly refused: ReadonlyArray<RefusedService<SchemaNotUtf8>>;
} {
  const taken: Array<AdvertisedService> = [];
  const refused: Array<RefusedService<SchemaNotUtf8>> = [];
  for (const service of services) {
    const made = advertisedService(service);
    if (made instanceof SchemaNotUtf8) refused.push({ id: service.id, name: service.name, error: made });
    else taken.push(made);
  }
  return { message: { op: "advertiseServices", services: taken }, refused };
}

function advertisedService(service: DeclaredService): AdvertisedService | SchemaNotUtf8 {
  const { id, name, type } = service;
  const request = service.request && serviceSide(service.request);
  if (request instanceof SchemaNotUtf8) return request;
  const response = service.response && serviceSide(service.response);
  if (response instanceof SchemaNotUtf8) return response;
  return {
    id,
    name,
    type,
    ...(request === undefined ? { requestSchema: "" } : { request }),
    ...(response === undefined ? { responseSchema: "" } : { response }),
  };
}

/** Reads the `advertiseServices` of a device: the services, and those whose schema text does not decode. */
export function readAdvertiseServices(message: AdvertiseServices): {
  readonly services: ReadonlyArray<ReadService>;
  readonly refused: ReadonlyArray<RefusedService<InvalidSchemaText>>;
} {
  const services: Array<ReadService> = [];
  const refused: Array<RefusedService<InvalidSchemaText>> = [];
  for (const service of message.services) {
    const read = readService(service);
    if (read instanceof InvalidSchemaText) refused.push({ id: service.id, name: service.name, error: read });
    else services.push(read);
  }
  return { services, refused };
}

function readService(service: AdvertisedService): ReadService | InvalidSchemaText {
  const { id, name, type, requestSchema, responseSchema } = service;
  const request = service.request && readServiceSide(service.request);
  if (request instanceof InvalidSchemaText) return request;
  const response = service.response && readServiceSide(service.response);
  if (response instanceof InvalidSchemaText) return response;
  return {
    id,
    name,
    type,
    ...(request !== undefined && { request }),
    ...(response !== undefined && { response }),
    ...(requestSchema !== undefined && requestSchema !== "" && { requestSchema }),
    ...(responseSchema !== undefined && responseSchema !== "" && { responseSchema }),
  };
}
