/**
 * What both servers send: a message begins with the time at which it was made, in ns of the machine's monotonic clock,
 * which all processes share.
 */
import type { Server } from "node:http";
import { type Line, number, say } from "../support/child.ts";

/** Digits that hold the time. */
export const TIME_DIGITS = 20;

/** A message of that many bytes, which are text. */
export function stampedText(bytes: number): string {
  return process.hrtime.bigint().toString().padStart(TIME_DIGITS, "0").padEnd(bytes, "x");
}

const encoder = new TextEncoder();

/** The same as bytes. */
export function stamped(bytes: number): Uint8Array {
  return encoder.encode(stampedText(bytes));
}

/** Where a server listens. */
export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return address.port;
}

/** Sends so many messages a second, for so many seconds, each of so many bytes. */
export async function pace(command: Line, send: (bytes: number) => void): Promise<void> {
  const [bytes, perSecond] = [number(command, "bytes"), number(command, "perSecond")];
  const total = Math.round(perSecond * number(command, "seconds"));
  const start = performance.now();
  for (let sent = 0; sent < total;) {
    const due = Math.min(total, Math.floor((performance.now() - start) * perSecond / 1_000) + 1);
    for (; sent < due; sent++) send(bytes);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  say("sent");
}
