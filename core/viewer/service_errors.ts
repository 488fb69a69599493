/**
 * Why a call gives nothing.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import type { RequestError } from "./request_errors.ts";

/** Fields of {@linkcode UnknownService}. */
export interface UnknownServiceFields {
  /** The name that was called. */
  readonly service: string;
  /** The name of the device. */
  readonly device: string;
  /** Names of services that the device does offer, 10 at most. */
  readonly known: ReadonlyArray<string>;
  /** How many others there are. */
  readonly others: number;
}

const UnknownServiceBase: new (fields: UnknownServiceFields) =>
  & Cause.YieldableError
  & { readonly _tag: "UnknownService" }
  & Readonly<UnknownServiceFields> = Data.TaggedError("UnknownService");

/**
 * The device has said what it offers, and there is no such service. Nothing was sent.
 *
 * @example
 * ```ts
 * import { UnknownService } from "@fieldlink/fieldlink";
 *
 * console.log(new UnknownService({ service: "/rebot", device: "rover-7", known: ["/reboot"], others: 0 }).message);
 * // the device "rover-7" has no service "/rebot"; it has "/reboot"
 * ```
 */
export class UnknownService extends UnknownServiceBase {
  /** What was wrong, in one line. */
  override get message(): string {
    const known = this.known.map((name) => `"${name}"`).join(", ");
    const others = this.others === 0 ? "" : ` and ${this.others} more`;
    const has = known === "" ? "it has none" : `it has ${known}${others}`;
    return `the device "${this.device}" has no service "${this.service}"; ${has}`;
  }
}

/** Fields of {@linkcode ServiceCallFailed}. */
export interface ServiceCallFailedFields {
  /** The name that was called. */
  readonly service: string;
  /** Why, in the device's words. */
  readonly reason: string;
}

const ServiceCallFailedBase: new (fields: ServiceCallFailedFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ServiceCallFailed" }
  & Readonly<ServiceCallFailedFields> = Data.TaggedError("ServiceCallFailed");

/**
 * The device has refused a call, or its service has failed.
 *
 * @example
 * ```ts
 * import { ServiceCallFailed } from "@fieldlink/fieldlink";
 *
 * console.log(new ServiceCallFailed({ service: "/reboot", reason: "the rover is moving" }).message);
 * // the service "/reboot" has failed: the rover is moving
 * ```
 */
export class ServiceCallFailed extends ServiceCallFailedBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the service "${this.service}" has failed: ${this.reason}`;
  }
}

/** What a call can fail with. */
export type ServiceCallError = RequestError | ServiceCallFailed | UnknownService;
