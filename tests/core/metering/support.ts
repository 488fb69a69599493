/**
 * The law of the books: what was published is what was delivered, dropped or is queued.
 */
import { assert } from "@effect/vitest";
import type { Flow, Gateway, GatewayStats } from "../../../mod.ts";

/** All flows of a gateway's stats, with what each is of. */
export function flowsOf(stats: GatewayStats): ReadonlyArray<readonly [string, Flow]> {
  return [
    ...stats.channels.flatMap(({ topic, total, viewers }) => [
      [`${topic}, in all`, total] as const,
      ...viewers.map((flow) => [`${topic} to ${flow.client.identity}`, flow] as const),
    ]),
    ["closed channels", stats.closedChannels],
    ...stats.control.map((flow) => [`control of ${flow.client.identity}`, flow] as const),
    ["control of those gone", stats.goneControl],
  ];
}

/** The law holds for everything that the gateway counts, in messages and in bytes. */
export function assertLaw(gateway: Gateway): GatewayStats {
  const stats = gateway.stats();
  for (const [what, { published, delivered, queued, dropped, drops }] of flowsOf(stats)) {
    for (const unit of ["messages", "bytes"] as const) {
      const byReason = Object.values(drops).reduce((sum, part) => sum + part[unit], 0);
      assert.strictEqual(published[unit], delivered[unit] + byReason + queued[unit], `${unit} of ${what}`);
      assert.strictEqual(dropped[unit], byReason, `dropped ${unit} of ${what}`);
    }
  }
  return stats;
}
