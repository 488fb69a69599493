/**
 * The compliance suite: what every transport must pass. It belongs to no test framework: a case is a named Effect over a
 * harness, which stands for one fresh room.
 *
 * @example
 * ```ts
 * import { complianceCases } from "@fieldlink/fieldlink/testing";
 *
 * for (const { name, member } of complianceCases({ abilities: ["dataTracks"] })) console.log(`${member}: ${name}`);
 * ```
 *
 * @module
 */
export { type Guarantee, guarantees } from "./guarantees.ts";
export {
  type ComplianceAbility,
  type ComplianceCase,
  type ComplianceError,
  ComplianceFailure,
  type ComplianceFailureFields,
  type ComplianceHarness,
  type ComplianceProfile,
  type ComplianceRole,
} from "./harness.ts";
export { allComplianceCases, complianceCases } from "./suite.ts";
