/**
 * Lets vitest run test files in processes of their own under Bun.
 *
 * @module
 */
import { spawn } from "node:child_process";

/**
 * Adds to the channels of child processes what Bun leaves out and vitest calls: `ref` and `unref`. Without them vitest's
 * pool of processes does not start. Called in vitest's main process, before the pool is made.
 */
export function completeChannels(): void {
  // Their class can only be had from one of them.
  const child = spawn(process.execPath, ["--version"], { stdio: ["ignore", "ignore", "ignore", "ipc"] });
  const channel: unknown = Reflect.getPrototypeOf(Object(child.channel));
  child.kill("SIGKILL");
  if (typeof channel !== "object" || channel === null) return;
  for (const name of ["ref", "unref"]) {
    if (!(name in channel)) Object.defineProperty(channel, name, { value: () => {} });
  }
}
