/**
 * A program of its own that serves a device over HTTP, reads from it as a viewer, and then says which modules it has loaded,
 * as JSON. With the argument `livekit` it loads what that transport needs as well.
 */
import { createRequire } from "node:module";
import process from "node:process";
import * as Effect from "effect/Effect";
import { sse, sseClient } from "../../../../adapters/sse/mod.ts";
import { Context, Gateway, Viewer } from "../../../../mod.ts";
import { listen } from "./listen.ts";

const program = Effect.gen(function* () {
  const log = () => undefined;
  const context = new Context({ log });
  const channel = context.channel({ topic: "/pose", encoding: "json", qos: "reliable" });
  const http = sse({ identity: "rover" });
  yield* Gateway.make({ name: "rover", context, transport: http, log });
  const viewer = yield* Viewer.make(sseClient({ url: yield* listen(http.fetch) }), { log });
  const messages = viewer.subscribe("/pose");
  return yield* Effect.promise(async () => {
    const timer = setInterval(() => channel.log('{"x":1}'), 10);
    for await (const message of messages) {
      clearInterval(timer);
      return message.text();
    }
    return undefined;
  });
});

if (process.argv.includes("livekit")) await import("livekit-client");
const message = await Effect.runPromise(Effect.scoped(program));
// Bun lists modules of either kind where others keep those that `require` has loaded.
const recorded: unknown = Reflect.get(globalThis, "loadedModules");
const modules = Array.isArray(recorded) ? recorded : Object.keys(createRequire(import.meta.url).cache);
process.stdout.write(JSON.stringify({ message, modules }), () => process.exit(0));
