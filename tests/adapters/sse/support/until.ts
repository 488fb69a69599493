/**
 * Waiting on real sockets, in real time.
 */
import * as Effect from "effect/Effect";
import { PATIENCE } from "./raw_socket.ts";

/** Waits until it holds, or fails after ten seconds, or so many ms. */
export function until(what: string, holds: () => boolean, patience: number = PATIENCE): Effect.Effect<void> {
  return Effect.promise(async () => {
    const end = performance.now() + patience;
    while (!holds()) {
      if (performance.now() > end) throw new Error(`it has not come about that ${what}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  });
}
