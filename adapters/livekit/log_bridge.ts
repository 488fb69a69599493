/**
 * livekit-client's log lines, taken off the console and handed to the rooms that they are about.
 */
import type { LiveKitClient } from "./client.ts";
import { bounded, type LogFields, textOf } from "./log_fields.ts";
import type { LiveKitLogLevel } from "./options.ts";

/** How a line is passed on; livekit-client's `trace` is `debug` here. */
export type BridgedLevel = "debug" | "info" | "warning" | "error";

/** Takes a line. What it throws is ignored. */
export type LogLine = (level: BridgedLevel, message: string, fields?: LogFields) => void;

/** The logs of one room. */
export interface LogBridge {
  /** To be given to the room as `loggerName`: tells its lines from those of other rooms in the process. */
  readonly loggerName: string;
  /**
   * Ends it: what the room logs from here on is dropped. To be called before the room is left, since what livekit-client
   * says of a connection that it closes itself looks like errors and is none.
   */
  readonly close: () => void;
}

/** So many names of closed bridges rest before the first is used anew: late lines belong to nobody. */
const RESTING_NAMES = 8;

const levels: Readonly<Record<string, BridgedLevel>> = {
  trace: "debug",
  debug: "debug",
  info: "info",
  warn: "warning",
  error: "error",
};

/** The open bridges by logger name, the latest last. */
const open = new Map<string, LogLine>();

/** Names to be used again: loggers, once there, stay for as long as the process runs. */
const resting: Array<string> = [];
let named = 0;

/**
 * Passes on what livekit-client logs from `level` on, for one room. Nothing of it gets to the console, whatever has been
 * set before, and also after the last bridge was closed. The level holds for the process, the latest one's. Lines that
 * are about no room in particular go to the latest bridge.
 */
export function bridgeLogs(client: LiveKitClient, level: LiveKitLogLevel, log: LogLine): LogBridge {
  const loggerName = resting.length >= RESTING_NAMES ? resting.shift() ?? nextName() : nextName();
  open.set(loggerName, log);
  for (const name of [...Object.values(client.LoggerNames), ...open.keys()]) {
    const logger = client.getLogger(name);
    logger.methodFactory = passOn;
    // Not for the next visit of the page.
    logger.setLevel(level, false);
  }
  return {
    loggerName,
    close: () => {
      if (open.delete(loggerName)) resting.push(loggerName);
    },
  };
}

function nextName(): string {
  named++;
  return `fieldlink-${named}`;
}

function passOn(method: string, _level: number, logger: string | symbol): (...args: ReadonlyArray<unknown>) => void {
  const level = levels[method] ?? "debug";
  return (message, fields) => {
    // A room's own logger is heard as long as its bridge is open; the library's are for whoever is there.
    const log = String(logger).startsWith("fieldlink-") ? open.get(String(logger)) : [...open.values()].at(-1);
    try {
      log?.(level, textOf(message), bounded(fields));
    } catch {
      // Logging must not get into the way of what is logged.
    }
  };
}
