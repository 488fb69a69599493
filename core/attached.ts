/**
 * What an application attaches to a gateway, for as long as the gateway lives.
 */
import type { Log } from "./log.ts";

/** Attaches something; gives the function that detaches it, if there is one. What attaching throws is logged. */
export function attached(
  log: Log,
  name: string,
  attach: () => (() => void) | undefined,
): ReadonlyArray<() => void> {
  try {
    const detach = attach();
    return detach === undefined ? [] : [detach];
  } catch (error) {
    log("error", `${name} has failed; the gateway goes on without it`, { error });
    return [];
  }
}
