/**
 * livekit-client's timers, some of which it leaves behind: a room that has been left holds up the end of the process for
 * up to 15 s, where the server's last word comes after the connection was closed.
 */
import type { LiveKitClient } from "./client.ts";

type Timer = ReturnType<typeof setTimeout>;
type SetTimeoutArgs = Parameters<typeof setTimeout>;

/** The timers that have not come to their end. */
const pending = new Set<Timer>();

/** How many rooms are being joined, are open, or are being left. */
let rooms = 0;

/**
 * Counts a room, from before it is joined until the function given back is called, once it has been left. While there is
 * a room its timers hold the process, so that it does not end in the middle of a reconnect; when there is none, they
 * hold it no longer.
 */
export function countRoom(client: LiveKitClient): () => void {
  supervise(client.CriticalTimers);
  rooms++;
  let counted = true;
  return () => {
    if (!counted) return;
    counted = false;
    rooms--;
    if (rooms === 0) { for (const timer of pending) letGo(timer); }
  };
}

/**
 * Makes a call to livekit-client, and counts the timers among its own that it sets before it returns: those of requests
 * to the server, 10 s long, which it sets past its own hook and never clears.
 */
export function superviseTimersOf<A>(call: () => A): A {
  const own = Object.getOwnPropertyDescriptor(globalThis, "setTimeout");
  if (own?.configurable !== true) return call();
  const value = supervised(globalThis.setTimeout);
  Object.defineProperty(globalThis, "setTimeout", { value, writable: true, enumerable: true, configurable: true });
  try {
    return call();
  } finally {
    Object.defineProperty(globalThis, "setTimeout", own);
  }
}

/** The hook that livekit-client has for its timers, replaced once. */
function supervise(timers: LiveKitClient["CriticalTimers"]): void {
  if (timers.setTimeout === superviseTimeout) return;
  timers.setTimeout = superviseTimeout;
  timers.clearTimeout = superviseClear;
  timers.setInterval = superviseInterval;
  timers.clearInterval = superviseClear;
}

const superviseTimeout = supervised((...given: SetTimeoutArgs) => setTimeout(...given));

function supervised(set: (...given: SetTimeoutArgs) => Timer): (...given: SetTimeoutArgs) => Timer {
  return (handler, ms, ...args) => {
    const timer = set(() => {
      pending.delete(timer);
      handler(...args);
    }, ms);
    return keep(timer);
  };
}

function superviseInterval(...[handler, ms, ...args]: Parameters<typeof setInterval>): Timer {
  return keep(setInterval(handler, ms, ...args));
}

function superviseClear(timer: Parameters<typeof clearTimeout>[0]): void {
  if (typeof timer === "object") pending.delete(timer);
  clearTimeout(timer);
}

function keep(timer: Timer): Timer {
  pending.add(timer);
  if (rooms === 0) letGo(timer);
  return timer;
}

/** Lets the process end before the timer does. Browsers, whose pages end anyway, have nothing of the kind. */
function letGo(timer: unknown): void {
  if (typeof timer === "object" && timer !== null && "unref" in timer && typeof timer.unref === "function") {
    timer.unref();
    return;
  }
  // Timers of older Deno are numbers.
  const deno: unknown = Reflect.get(globalThis, "Deno");
  if (typeof deno !== "object" || deno === null || !("unrefTimer" in deno)) return;
  if (typeof deno.unrefTimer === "function") deno.unrefTimer(timer);
}
