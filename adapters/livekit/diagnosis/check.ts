/**
 * What a diagnosis is made of.
 */

/** What was looked at. */
export type CheckName =
  | "run-time"
  | "webrtc"
  | "server"
  | "connection"
  | "permissions"
  | "path"
  | "data-tracks"
  | "clock";

/** `warning`: it works, but not as well as it could. */
export type CheckState = "ok" | "warning" | "failed";

/** One thing that was looked at. */
export interface Check {
  /** What was looked at. */
  readonly name: CheckName;
  /** How it is. */
  readonly state: CheckState;
  /** What was found, in a line. */
  readonly detail: string;
  /** What to do about it; absent where there is nothing to do. */
  readonly advice?: string;
  /** What was measured: times end in `Ms`, sizes in `Bytes`. */
  readonly figures?: Readonly<Record<string, string | number>>;
}

/** What a machine, and a server as it is seen from there, can do. */
export interface Diagnosis {
  /** What was looked at, in order. What rests on something that has failed is not looked at. */
  readonly checks: ReadonlyArray<Check>;
  /** Whether nothing has failed. */
  readonly isWell: boolean;
}

/** What was measured, to a hundredth, without what is not known. */
export function figures(
  all: Readonly<Record<string, string | number | undefined>>,
): { readonly figures: Readonly<Record<string, string | number>> } {
  const known: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) known[name] = typeof value === "number" ? Math.round(value * 100) / 100 : value;
  }
  return { figures: known };
}

/** Milliseconds for people: one digit behind the point below ten. */
export function milliseconds(ms: number): string {
  return `${Math.abs(ms) < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`;
}

/** Bytes for people, in KiB where these are whole. */
export function bytes(count: number): string {
  return count % 1024 === 0 ? `${count / 1024} KiB` : `${count} bytes`;
}
