/**
 * A hub on a virtual clock, for those who write promises.
 */
import { LoopbackHub, type LoopbackHubOptions } from "./hub.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** How a virtual hub behaves. */
export interface VirtualHubOptions extends Omit<LoopbackHubOptions, "clock"> {
  /** The clock it follows, for several hubs on one. Default one of its own. */
  readonly clock?: VirtualClock;
}

/**
 * A {@linkcode LoopbackHub} on which time passes only when told to: an hour takes no longer than what happens in it.
 * Whatever runs on its transports uses its clock.
 *
 * @example
 * ```ts
 * import { VirtualHub } from "@fieldlink/fieldlink/testing";
 *
 * const hub = new VirtualHub({ seed: 7 });
 * const device = hub.transport({ identity: "rover" });
 * console.log(device.clock === hub.clock); // true
 * await hub.advance(60_000);
 * await hub.settle();
 * ```
 */
export class VirtualHub extends LoopbackHub {
  /** The hub's clock. */
  readonly clock: VirtualClock;

  /** Makes a hub whose clock stands at its start. */
  constructor(options: VirtualHubOptions = {}) {
    const clock = options.clock ?? new VirtualClock();
    super({ ...options, clock });
    this.clock = clock;
  }

  /** Moves the hub's clock by that many ms and lets everything happen that happens until then. */
  advance(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  /** Lets everything happen that can happen without time passing. */
  settle(): Promise<void> {
    return this.clock.settle();
  }
}
