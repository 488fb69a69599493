/**
 * What a process has used, as Linux tells it.
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TICKS_PER_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** The processor time that a process has used up to now, in ms, all its threads together. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name in brackets may hold anything; what follows it are numbers.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 1_000 / TICKS_PER_SECOND;
}

/** Resident memory in bytes: now, and the most that it ever was. */
export function memory(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0) * 1024;
  return { now: kib("VmRSS"), most: kib("VmHWM") };
}

/** UDP datagrams that this machine has thrown away for want of room in a socket's buffer, up to now. */
export function datagramsLost(): number {
  const old = /^Udp: (.+)\nUdp: (.+)$/m.exec(readFileSync("/proc/net/snmp", "utf8"));
  const names = old?.[1]?.split(" ") ?? [];
  const four = Number(old?.[2]?.split(" ")[names.indexOf("RcvbufErrors")] ?? 0);
  const six = Number(/Udp6RcvbufErrors\s+(\d+)/.exec(readFileSync("/proc/net/snmp6", "utf8"))?.[1] ?? 0);
  return four + six;
}
