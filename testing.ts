/**
 * For tests of programs that use Fieldlink, and of transports for it: rooms in memory that can be told to be as bad as any
 * network, a clock that stands still until it is moved, the suite that every transport must pass, and the one for what
 * keeps events for those that come back.
 *
 * @example
 * ```ts
 * import { VirtualHub } from "@fieldlink/fieldlink/testing";
 *
 * const hub = new VirtualHub({ seed: 7 });
 * hub.participant("viewer-1").setConditions({ down: { latencyMs: 80, loss: 0.02 } });
 * await hub.advance(1000);
 * ```
 *
 * @module
 */
export * from "./adapters/loopback/mod.ts";
export { VirtualClock, type VirtualClockOptions } from "./adapters/loopback/virtual_clock.ts";
export { VirtualHub, type VirtualHubOptions } from "./adapters/loopback/virtual_hub.ts";
export * from "./transport/compliance/mod.ts";
export { type StoreComplianceCase, storeComplianceCases, type StoreHarness } from "./core/resume/store_compliance.ts";
