/**
 * One server for a run of the suite, started before the first test and ended after the last.
 */
import type { TestProject } from "vitest/node";
import { collecting } from "../../../scripts/vitest_settings.ts";
import { LiveKitServer } from "./server.ts";

/** Lines of the server's log that are shown when a test has failed. */
const SHOWN_LINES = 60;

/** Called by vitest, in its main process. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Names of tests are asked for without any being run.
  if (collecting()) return undefined;
  const server = await LiveKitServer.start();
  project.provide("livekit", server.address);
  return async () => {
    await server.kill();
    if (project.vitest.state.getCountOfFailedTests() === 0) return;
    const lines = server.log.trimEnd().split("\n").slice(-SHOWN_LINES);
    console.log(`\nthe end of the server's log:\n${lines.join("\n")}`);
  };
}
