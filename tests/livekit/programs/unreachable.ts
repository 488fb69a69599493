/** Joins where nobody listens, and ends. Prints the error. */
import { Viewer } from "../../../mod.ts";
import { livekit } from "../../../adapters/livekit/mod.ts";

const [url = ""] = process.argv.slice(2);
try {
  await Viewer.connect(livekit({ url, token: "e30.e30.x", iceServers: [], logLevel: "silent" }));
} catch (error) {
  console.log(error instanceof Error ? error.message : error);
}
