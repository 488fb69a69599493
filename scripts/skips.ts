/**
 * Leaving out tests that need more than the npm packages. Only ever on purpose, and the summary says so.
 *
 * @module
 */
import type { Suite } from "./vitest_settings.ts";

/** Set to 1, it leaves out every test that needs a LiveKit server. */
export const skipLiveKit = "FIELDLINK_SKIP_LIVEKIT";

/** Set to 1, it leaves out the tests with other people's peers, which need Python. */
export const skipInterop = "FIELDLINK_SKIP_INTEROP";

/** The variables that leave out a suite. */
export const skips: Readonly<Record<Suite, ReadonlyArray<string>>> = {
  ordinary: [],
  livekit: [skipLiveKit],
  interop: [skipLiveKit, skipInterop],
  page: [],
};

/** The first of some variables that is set to 1, as one writes it: `FIELDLINK_SKIP_LIVEKIT=1`. */
export function skippedBy(
  variables: ReadonlyArray<string>,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const found = variables.find((variable) => env[variable] === "1");
  return found === undefined ? undefined : `${found}=1`;
}
