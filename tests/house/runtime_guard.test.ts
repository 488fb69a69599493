import { expect, it } from "vitest";
import { guardName, runtime, runtimes } from "../../scripts/vitest_settings.ts";

// The runner demands this very name in a run-time's report, so a job that fell back to another run-time cannot pass.
const expected = runtimes.find((name) => name === process.env["FIELDLINK_RUNTIME"]) ?? "node";

it(guardName(expected), () => {
  expect(runtime()).toBe(expected);
  expect(navigator.userAgent.toLowerCase()).toMatch(new RegExp(`^${expected}(\\.js)?/`));
});
