/**
 * `npm run livekit:setup`: what the tests on a real server need beside the npm packages. Each is made once and kept in
 * the project's cache.
 *
 * @module
 */
import { SetupError } from "./cached.ts";
import { findInteropPython } from "./interop_python.ts";
import { findLiveKitServer } from "./livekit_server.ts";
import { skippedBy, skips } from "./skips.ts";

async function server(): Promise<string> {
  const skipped = skippedBy(skips.livekit, process.env);
  if (skipped !== undefined) return `LiveKit server: left out, as ${skipped}`;
  const { path, from } = await findLiveKitServer();
  return `LiveKit server, from ${from}: ${path}`;
}

async function python(): Promise<string> {
  const skipped = skippedBy(skips.interop, process.env);
  if (skipped !== undefined) return `Python of the peers: left out, as ${skipped}`;
  return `Python of the peers: ${await findInteropPython()}`;
}

for (const result of await Promise.allSettled([server(), python()])) {
  if (result.status === "fulfilled") {
    console.log(result.value);
    continue;
  }
  process.exitCode = 1;
  console.error(result.reason instanceof SetupError ? result.reason.message : result.reason);
}
