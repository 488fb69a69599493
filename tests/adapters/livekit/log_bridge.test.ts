import * as client from "livekit-client";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type BridgedLevel, bridgeLogs, type LogBridge } from "../../../adapters/livekit/log_bridge.ts";
import type { LogFields } from "../../../adapters/livekit/log_fields.ts";
import type { LiveKitLogLevel } from "../../../adapters/livekit/options.ts";

const open: Array<LogBridge> = [];

interface Line {
  readonly level: BridgedLevel;
  readonly message: string;
  readonly fields?: LogFields | undefined;
}

function bridge(level: LiveKitLogLevel = "trace"): LogBridge & { readonly lines: Array<Line> } {
  const lines: Array<Line> = [];
  const made = bridgeLogs(client, level, (level, message, fields) => lines.push({ level, message, fields }));
  open.push(made);
  return { ...made, lines };
}

/** Whatever reaches the console. */
function consoleLines(): Array<unknown> {
  const printed: Array<unknown> = [];
  for (const method of ["trace", "debug", "log", "info", "warn", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((...args: ReadonlyArray<unknown>) => void printed.push(args));
  }
  return printed;
}

afterEach(() => {
  for (const { close } of open.splice(0)) close();
  vi.restoreAllMocks();
});

describe("livekit-client's log lines", () => {
  it("reach the room that they are about, and the console never", () => {
    const printed = consoleLines();
    const a = bridge();
    const b = bridge();
    expect(a.loggerName).not.toBe(b.loggerName);
    client.getLogger(a.loggerName, () => ({ room: "yard" })).warn("slow", { ms: 5 });
    client.getLogger(b.loggerName).error("gone");
    expect(a.lines).toEqual([{ level: "warning", message: "slow", fields: { room: "yard", ms: 5 } }]);
    expect(b.lines).toEqual([{ level: "error", message: "gone", fields: undefined }]);
    expect(printed).toEqual([]);
  });

  it("are the latest room's when they are about none", () => {
    const printed = consoleLines();
    const a = bridge();
    const b = bridge();
    for (const name of Object.values(client.LoggerNames)) client.getLogger(name).info(name);
    expect(b.lines.map(({ message }) => message)).toEqual(Object.values(client.LoggerNames));
    b.close();
    client.getLogger(client.LoggerNames.ICE).trace("late");
    expect(a.lines).toEqual([{ level: "debug", message: "late", fields: undefined }]);
    expect(printed).toEqual([]);
  });

  it("of a room whose bridge is closed, or of nobody's, are dropped", () => {
    const printed = consoleLines();
    const a = bridge();
    const logger = client.getLogger(a.loggerName);
    const b = bridge();
    a.close();
    logger.error("while it was left");
    b.close();
    client.getLogger(client.LoggerNames.Engine).error("after all");
    expect([...a.lines, ...b.lines, ...printed]).toEqual([]);
  });

  it("start at the level of the latest room", () => {
    const a = bridge("error");
    client.getLogger(a.loggerName).warn("not this");
    const b = bridge("info");
    for (const name of [a.loggerName, b.loggerName]) {
      client.getLogger(name).debug("not this");
      client.getLogger(name).info("this");
    }
    bridge("silent");
    client.getLogger(a.loggerName).error("nothing at all");
    expect([...a.lines, ...b.lines].map(({ message }) => message)).toEqual(["this", "this"]);
  });

  it("harm nobody when whoever takes them throws", () => {
    const printed = consoleLines();
    const failing = bridgeLogs(client, "info", () => {
      throw new Error("no more room");
    });
    open.push(failing);
    expect(() => client.getLogger(failing.loggerName).info("hello")).not.toThrow();
    expect(printed).toEqual([]);
  });

  it("have names that are used again, though not at once, however many rooms there have been", () => {
    const names = Array.from({ length: 200 }, () => {
      const { loggerName, close } = bridgeLogs(client, "warn", () => {});
      close();
      close();
      return loggerName;
    });
    expect(new Set(names).size).toBeLessThan(20);
    expect(names.every((name, at) => !names.slice(at + 1, at + 8).includes(name))).toBe(true);
  });

  it("name no level in the storage of a page", () => {
    const stored: Record<string, string> = {};
    vi.stubGlobal("window", { localStorage: stored, document: { cookie: "" } });
    bridge("debug");
    vi.unstubAllGlobals();
    expect(stored).toEqual({});
  });
});
