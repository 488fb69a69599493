/**
 * What the doctor has found, for people and for programs.
 */
import type { Check } from "../../adapters/livekit/mod.ts";
import { printable } from "../format.ts";

/** One thing that was looked at: by the library, or a device by the doctor itself. */
export type DoctorCheck = Omit<Check, "name"> & { readonly name: Check["name"] | "device" };

const STATES: Readonly<Record<Check["state"], string>> = { ok: "ok", warning: "warn", failed: "fail" };
const STATE_WIDTH = 6;
const NAME_WIDTH = 13;

/** A check as lines: how it is, what was found, and what to do about it. */
export function checkLines({ name, state, detail, advice }: DoctorCheck): ReadonlyArray<string> {
  const line = `${STATES[state].padEnd(STATE_WIDTH)}${name.padEnd(NAME_WIDTH)}${printable(detail)}`;
  return advice === undefined ? [line] : [line, `${" ".repeat(STATE_WIDTH + NAME_WIDTH)}-> ${printable(advice)}`];
}

/** All checks as one JSON object. */
export function reportJson(checks: ReadonlyArray<DoctorCheck>): string {
  const ordered = checks.map(({ name, state, detail, advice, figures }) => ({ name, state, detail, advice, figures }));
  return JSON.stringify({ isWell: failedOnes(checks).length === 0, checks: ordered });
}

/** The names of those that have failed. */
export function failedOnes(checks: ReadonlyArray<DoctorCheck>): ReadonlyArray<string> {
  return checks.filter(({ state }) => state === "failed").map(({ name }) => name);
}
