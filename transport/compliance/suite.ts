/**
 * The whole suite, and the part of it that is for one transport.
 */
import { dataTrackCases } from "./data_tracks.ts";
import { datagramCases } from "./datagrams.ts";
import { setHost } from "./check.ts";
import type { ComplianceCase, ComplianceProfile } from "./harness.ts";
import { presenceCases } from "./presence.ts";
import { readingCases } from "./reading.ts";
import { roomCases } from "./rooms.ts";
import { writingCases } from "./writing.ts";

/** All cases, whatever a transport can do. */
export const allComplianceCases: ReadonlyArray<ComplianceCase> = [
  ...presenceCases,
  ...writingCases,
  ...readingCases,
  ...dataTrackCases,
  ...datagramCases,
  ...roomCases,
];

/**
 * The cases for a transport: those whose needs it meets, without its known deviations. Where the room is a star, cases in
 * which another one can be the host come once more for that. A deviation that names no case is an error, so that none
 * outlives the case it was about.
 *
 * @example
 * ```ts
 * import { type ComplianceHarness, complianceCases } from "@fieldlink/fieldlink/testing";
 * import * as Effect from "effect/Effect";
 *
 * const deviations = { "a stream whose sender has left can be read": "the server drops them" };
 * function runAll(freshRoom: () => ComplianceHarness): Promise<void>[] {
 *   return complianceCases({ abilities: [], deviations }).map((one) =>
 *     Effect.runPromise(Effect.scoped(one.run(freshRoom())))
 *   );
 * }
 * console.log(runAll);
 * ```
 */
export function complianceCases(profile: ComplianceProfile): ReadonlyArray<ComplianceCase> {
  const deviations = profile.deviations ?? {};
  const isStar = !profile.abilities.includes("peers");
  const all = isStar ? allComplianceCases.flatMap(withOtherHosts) : allComplianceCases;
  for (const name of Object.keys(deviations)) {
    if (!all.some((one) => one.name === name)) {
      throw new RangeError(`Cannot leave out a case that does not exist: received "${name}"`);
    }
  }
  return all.filter((one) =>
    !Object.hasOwn(deviations, one.name) && one.needs.every((need) => profile.abilities.includes(need))
  );
}

/** The case as it is, and once for each other host. */
function withOtherHosts(one: ComplianceCase): ReadonlyArray<ComplianceCase> {
  const others = (one.hosts ?? []).slice(1).map((host): ComplianceCase => ({
    ...one,
    name: `${one.name} (the host is the ${host})`,
    run: (harness) => {
      setHost(harness, host);
      return one.run(harness);
    },
  }));
  return [one, ...others];
}
