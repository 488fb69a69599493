/**
 * Turns of the event loop.
 */

/** How long one may work on in ms before others get their turn. */
const SLICE_MS = 4;

/** Deno turns to the network less often for an immediate than for a timer: a signal connection could miss its pings. */
const next: (run: () => void) => unknown = typeof setImmediate === "function" && !("Deno" in globalThis)
  ? setImmediate
  : setTimeout;

/** Runs something in a later turn, when all that waits for nothing but promises is done. */
export function inLaterTurn(run: () => void): void {
  next(run);
}

let lastTurn = 0;

/**
 * Lets timers and the network have their turn, if it is time for it. livekit-client's writes wait for nothing but
 * promises as long as there is room in a buffer, and a sender with much to say would keep everything else waiting.
 */
export async function turn(): Promise<void> {
  const now = performance.now();
  if (now - lastTurn < SLICE_MS) return;
  await new Promise<void>((resolve) => next(resolve));
  lastTurn = performance.now();
}
