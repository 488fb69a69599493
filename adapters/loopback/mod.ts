/**
 * The loopback transport: rooms in memory, for tests, demos and programs whose device and viewer share a process. It
 * follows a clock and a seed, and can be told to be as bad as any network.
 *
 * @example
 * ```ts
 * import { LoopbackHub, networkProfiles } from "@fieldlink/fieldlink/loopback";
 *
 * const hub = new LoopbackHub({ seed: 1 });
 * const device = hub.transport({ identity: "rover" });
 * const viewer = hub.transport({ identity: "viewer-1" });
 * hub.applyProfile(networkProfiles["mobile-4g"], { device: "rover", viewers: ["viewer-1"] });
 * console.log(device.name, viewer.name);
 * ```
 *
 * @module
 */
export {
  type ConnectionConditions,
  type LinkConditions,
  type NetworkProfile,
  type NetworkProfileName,
  networkProfiles,
} from "./conditions.ts";
export type { LoopbackCounts, LoopbackLimits, ReplacementOrder } from "./fabric.ts";
export type { LoopbackLink, LoopbackParticipant, SetUpDelays } from "./faults.ts";
export { LoopbackHub, type LoopbackHubOptions } from "./hub.ts";
export type { EventRule, LoopbackEvent } from "./station.ts";
export type { LoopbackTransportOptions } from "./transport.ts";
