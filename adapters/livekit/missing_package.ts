/**
 * What a user reads when a package that the transport needs is not there.
 */
import { JoinError } from "../../transport/errors.ts";
import { messageOf } from "../../transport/message_of.ts";

const codes: ReadonlySet<unknown> = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

/** The error of a join for which a package could not be loaded: names it, and the command that installs what is needed. */
export function couldNotLoad(name: string, cause: unknown): JoinError {
  const message = messageOf(cause);
  const code: unknown = cause instanceof Error ? Reflect.get(cause, "code") : undefined;
  // A package that is there may still miss one of its own.
  const missing = message.includes(name) && (codes.has(code) || /cannot find|not find/i.test(message));
  const why = missing
    ? `the package ${name} is not installed: ${installCommand()}`
    : `the package ${name} could not be loaded: ${message}`;
  return new JoinError({ reason: "unsupported", detail: why, cause });
}

function installCommand(): string {
  if (Reflect.has(globalThis, "Deno")) return "deno add npm:livekit-client npm:@roamhq/wrtc";
  if (Reflect.has(globalThis, "Bun")) return "bun add livekit-client @roamhq/wrtc";
  // A page has WebRTC of its own.
  return Reflect.has(globalThis, "document") ? "npm install livekit-client" : "npm install livekit-client @roamhq/wrtc";
}
