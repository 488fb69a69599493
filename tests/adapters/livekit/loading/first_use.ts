/** Loads what a first connection needs, and nothing before that. */
import { loadClient } from "../../../../adapters/livekit/client.ts";
import { livekit } from "../../../../adapters/livekit/mod.ts";

livekit({ url: "ws://127.0.0.1:1", token: "none" });
console.log("before");
await Promise.all([loadClient(), loadClient()]);
