/**
 * Who is here, for people.
 */
import type { ViewerPresence } from "../../mod.ts";
import { formatClock, formatDuration, printable } from "../format.ts";

/** Viewers that are named in a line; further ones are counted. */
const NAMED = 4;

/** Who is here, in a line. */
export function presenceLine(viewers: ReadonlyArray<ViewerPresence>): string {
  if (viewers.length === 0) return "nobody is here";
  const named = viewers.slice(0, NAMED).map(presence);
  const more = viewers.length > NAMED ? ` and ${viewers.length - NAMED} more` : "";
  return `here: ${named.join("; ")}${more}`;
}

function presence({ client, state, roundTripTime, clockOffset }: ViewerPresence): string {
  const figures = [printable(client.identity), state as string];
  if (roundTripTime !== undefined) {
    figures.push(`round trip ${formatDuration(roundTripTime.meanMs ?? roundTripTime.latestMs)}`);
  }
  if (clockOffset !== undefined) figures.push(`clock ${formatClock(clockOffset)}`);
  return figures.join(", ");
}
