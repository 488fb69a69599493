/**
 * What a test file needs of the world: the suite's server, and Python for the peers.
 */
import { afterAll, beforeAll } from "vitest";
import { findInteropPython } from "../../../scripts/interop_python.ts";
import { Company, type Stage } from "./stage.ts";

/** Stages for the tests of a file. */
export function useStages(): () => Stage {
  let company: Company | undefined;
  beforeAll(async () => {
    company = new Company(await findInteropPython());
  });
  afterAll(() => company?.[Symbol.asyncDispose]());
  return () => {
    if (company === undefined) throw new Error("there is no stage before the tests begin");
    return company.stage();
  };
}
