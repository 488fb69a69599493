/**
 * Where the diagnostics of an adapter go: to Effect's logging, as it is set up where the room is joined.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as LogLevels from "effect/LogLevel";
import * as References from "effect/References";

/** Receives diagnostics; never throws. */
export type RoomLog = (
  level: "debug" | "info" | "warning" | "error",
  message: string,
  fields?: Readonly<Record<string, unknown>>,
) => void;

const severities = { debug: "Debug", info: "Info", warning: "Warn", error: "Error" } as const;

/** The logging that is set up in the given services. */
export function logOf(services: Context.Context<never>): RoomLog {
  const run = Effect.runSyncWith(services);
  const minimum = Context.get(services, References.MinimumLogLevel);
  return (level, message, fields = {}) => {
    const severity = severities[level];
    if (!LogLevels.isGreaterThanOrEqualTo(severity, minimum)) return;
    try {
      run(Effect.annotateLogs(Effect.logWithLevel(severity)(message), fields));
    } catch {
      // A logger that fails must not take the room with it.
    }
  };
}

/** The calling fiber's logging. */
export const currentLog: Effect.Effect<RoomLog> = Effect.map(Effect.context<never>(), logOf);
