/**
 * A viewer and a device at wire level, on one hub.
 */
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";
import { LoopbackHub } from "../../adapters/loopback/mod.ts";
import { type Capability, type ConfigurationError, Viewer, type ViewerOptions } from "../../mod.ts";
import type { JoinError, OutgoingByteStream } from "../../transport/mod.ts";
import { CollectedLog } from "./log.ts";
import { capable, RawDevice, say } from "./raw_device.ts";
import { eventually } from "./settle.ts";

export interface RawPair {
  readonly hub: LoopbackHub;
  readonly viewer: Viewer;
  readonly device: RawDevice;
  /** The device's stream to the viewer. */
  readonly control: OutgoingByteStream;
  readonly log: CollectedLog;
}

/** A viewer `viewer-1` that has met a device that can do that, and has a stream to it. */
export const rawPair: (
  capabilities: ReadonlyArray<Capability>,
  options?: ViewerOptions,
) => Effect.Effect<RawPair, ConfigurationError | JoinError, Scope.Scope> = Effect.fnUntraced(function* (
  capabilities: ReadonlyArray<Capability>,
  options: ViewerOptions = {},
) {
  const hub = yield* LoopbackHub.make();
  const log = new CollectedLog();
  const viewer = yield* Viewer.make(hub.transport({ identity: "viewer-1" }), { log: log.log, ...options });
  const device = yield* RawDevice.join(hub);
  const control = yield* device.open();
  yield* say(control, capable(...capabilities));
  yield* eventually("a stream to the device is open", () => device.streams === 1);
  return { hub, viewer, device, control, log };
});

/** A promise's end, whichever it is, for a test to look at once it is there. */
export function outcome<A>(promise: Promise<A>): { value?: A; error?: unknown } {
  const end: { value?: A; error?: unknown } = {};
  promise.then((value) => end.value = value, (error: unknown) => end.error = error);
  return end;
}
