/**
 * A gateway and a viewer on one hub.
 */
import * as Effect from "effect/Effect";
import { LoopbackHub, type LoopbackTransportOptions } from "../../adapters/loopback/mod.ts";
import {
  type Closed,
  type ConfigurationError,
  Context,
  Gateway,
  type GatewayOptions,
  Viewer,
  type ViewerOptions,
} from "../../mod.ts";
import type * as Scope from "effect/Scope";
import type { JoinError } from "../../transport/mod.ts";
import { CollectedLog } from "./log.ts";

export interface PairOptions {
  readonly gateway?: Partial<GatewayOptions>;
  readonly viewer?: ViewerOptions;
  readonly deviceTransport?: Partial<LoopbackTransportOptions>;
  readonly viewerTransport?: Partial<LoopbackTransportOptions>;
}

export interface Pair {
  readonly hub: LoopbackHub;
  readonly context: Context;
  readonly gateway: Gateway;
  readonly viewer: Viewer;
  readonly log: CollectedLog;
}

/** A device `device` with an empty context, and a viewer `viewer-1` that has met it. */
export const makePair: (
  options?: PairOptions,
) => Effect.Effect<Pair, Closed | ConfigurationError | JoinError, Scope.Scope> = Effect.fnUntraced(function* (
  options: PairOptions = {},
) {
  const hub = yield* LoopbackHub.make();
  const context = yield* Context.make;
  const log = new CollectedLog();
  const gateway = yield* Gateway.make({
    name: "rover",
    context,
    transport: hub.transport({ identity: "device", ...options.deviceTransport }),
    log: log.log,
    ...options.gateway,
  });
  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1", ...options.viewerTransport }), {
    log: log.log,
    ...options.viewer,
  });
  yield* viewer.deviceEffect;
  return { hub, context, gateway, viewer, log };
});

/** The texts of what a subscription has been given, as they come. */
export function texts(
  subscription: { onMessage(listener: (message: { text(): string }) => void): unknown },
): Array<string> {
  const seen: Array<string> = [];
  subscription.onMessage((message) => seen.push(message.text()));
  return seen;
}
