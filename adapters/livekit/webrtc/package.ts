/**
 * The package that WebRTC comes from where the run-time has none.
 */
import { couldNotLoad } from "../missing_package.ts";

/** What @roamhq/wrtc exports, as its types say. */
export type Wrtc = typeof import("@roamhq/wrtc");

/**
 * Loads @roamhq/wrtc, which is for Node, Bun and Deno only: package.json's `browser` field takes it out of what is
 * bundled for browsers. Rejects with JoinError `unsupported`.
 */
export async function loadWrtc(): Promise<Wrtc> {
  try {
    // CommonJS: the exports of its own are what `default` holds.
    const module: Wrtc & { readonly default?: Wrtc } = await import("@roamhq/wrtc");
    return module.default ?? module;
  } catch (cause) {
    throw couldNotLoad("@roamhq/wrtc", cause);
  }
}
