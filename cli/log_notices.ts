/**
 * Shows the library's diagnostics as notices.
 */
import type * as Layer from "effect/Layer";
import * as Logger from "effect/Logger";
import * as References from "effect/References";
import { printable } from "./format.ts";

/** Leads log lines to `notice` instead of standard output, where they would tear the table apart. */
export function noticesLayer(notice: (line: string) => void): Layer.Layer<never> {
  const logger = Logger.make<unknown, void>(({ message, logLevel, fiber }) => {
    const annotations = Object.entries(fiber.getRef(References.CurrentLogAnnotations));
    const fields = annotations.map(([key, value]) => ` ${key}=${describe(value)}`).join("");
    const words = (Array.isArray(message) ? message : [message]).map(describe).join(" ");
    notice(printable(`${logLevel.toLowerCase()}: ${words}${fields}`));
  });
  return Logger.layer([logger]);
}

function describe(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.message;
  try {
    return JSON.stringify(value, (_, part) => typeof part === "bigint" ? String(part) : part) ?? String(value);
  } catch {
    return String(value);
  }
}
