/**
 * A device on a loopback hub, with everything noted that it tells its application.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import type { LoopbackHub, LoopbackTransportOptions } from "../../adapters/loopback/mod.ts";
import {
  type ConfigurationError,
  Context,
  Gateway,
  type GatewayOptions,
  type GatewayStatus,
  type Log,
} from "../../mod.ts";
import { CollectedLog } from "./log.ts";
import { settle } from "./settle.ts";

/** How a device is started, where it differs from an ordinary one. */
export interface DeviceOptions extends Partial<GatewayOptions> {
  /** What its connection can do. */
  readonly link?: Partial<LoopbackTransportOptions>;
}

export interface Device {
  readonly gateway: Gateway;
  readonly context: Context;
  readonly log: CollectedLog;
  /** What the application was told of subscriptions, for example `+ viewer-1 /pose`, in order. */
  readonly events: Array<string>;
  /** The client ids of these events. */
  readonly clients: Array<number>;
  readonly statuses: Array<GatewayStatus>;
}

/** A context whose log is kept by the test. */
export const makeContext: (log: Log) => Effect.Effect<Context> = Effect.fnUntraced(function* (log: Log) {
  return new Context({ clock: (yield* Context.make).clock, log });
});

/** Starts a device named `rover` and waits until it is in its room. */
export const startDevice: (
  hub: LoopbackHub,
  options?: DeviceOptions,
) => Effect.Effect<Device, ConfigurationError, Scope.Scope> = Effect.fnUntraced(
  function* (hub: LoopbackHub, { link, onSubscribe, onUnsubscribe, onStatus, ...options }: DeviceOptions = {}) {
    const log = new CollectedLog();
    const context = options.context ?? (yield* makeContext(log.log));
    const events: Array<string> = [];
    const clients: Array<number> = [];
    const statuses: Array<GatewayStatus> = [];
    const gateway = yield* Gateway.make({
      name: "rover",
      transport: hub.transport({ identity: "rover", ...link }),
      supportedEncodings: ["json"],
      log: log.log,
      ...options,
      context,
      onSubscribe: (client, channel) => {
        events.push(`+ ${client.identity} ${channel.topic}`);
        clients.push(client.id);
        onSubscribe?.(client, channel);
      },
      onUnsubscribe: (client, channel) => {
        events.push(`- ${client.identity} ${channel.topic}`);
        clients.push(client.id);
        onUnsubscribe?.(client, channel);
      },
      onStatus: (status) => {
        statuses.push(status);
        onStatus?.(status);
      },
    });
    yield* settle;
    return { gateway, context, log, events, clients, statuses };
  },
);
