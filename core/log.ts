/**
 * Where the core's diagnostics go. Synchronous, because most of what is worth a line happens in synchronous code.
 */
import * as Context from "effect/Context";
import * as Effect from "effect/Effect";
import * as LogLevels from "effect/LogLevel";
import * as References from "effect/References";

/** How much a diagnostic matters. */
export type LogLevel = "debug" | "info" | "warning" | "error";

/** What a diagnostic is about, for example the identity of a viewer. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Receives diagnostics. What it throws is dropped. */
export type Log = (level: LogLevel, message: string, fields?: LogFields) => void;

const severities = { debug: "Debug", info: "Info", warning: "Warn", error: "Error" } as const;

/** Diagnostics go to Effect's logging as it is set up in the given services. */
export function logWith(services: Context.Context<never>): Log {
  const run = Effect.runSyncWith(services);
  const minimum = Context.get(services, References.MinimumLogLevel);
  return (level, message, fields) => {
    const severity = severities[level];
    if (!LogLevels.isGreaterThanOrEqualTo(severity, minimum)) return;
    try {
      const line = Effect.logWithLevel(severity)(message);
      run(fields === undefined ? line : Effect.annotateLogs(line, fields));
    } catch {
      // A logger that fails must not take the session with it.
    }
  };
}

/** The calling fiber's logging. */
export const currentLog: Effect.Effect<Log> = Effect.map(Effect.context<never>(), logWith);

/** Where diagnostics go when an application without Effect says nothing: warnings and errors, to the console. */
export const quietLogging: Context.Context<never> = Context.make(References.MinimumLogLevel, "Warn");

/** The log of what is made outside of any fiber. */
export const defaultLog: Log = logWith(quietLogging);

/** A log of the application's own, made safe: what it throws is dropped. */
export function guardLog(log: Log): Log {
  return (level, message, fields) => {
    try {
      log(level, message, fields);
    } catch {
      // As above.
    }
  };
}

/** Calls an application's callback; what it throws, or rejects with, is logged and goes no further. */
export function notify<A extends ReadonlyArray<unknown>>(
  log: Log,
  name: string,
  callback: ((...args: A) => unknown) | undefined,
  ...args: A
): void {
  if (callback === undefined) return;
  const failed = (error: unknown): void =>
    log("error", `the callback ${name} has failed; the session goes on`, { error });
  try {
    const result = callback(...args);
    // A function that is async is taken for a callback as well, and nobody else would hear of its end.
    if (result instanceof Promise) result.catch(failed);
  } catch (error) {
    failed(error);
  }
}
