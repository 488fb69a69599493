/**
 * The page as a whole.
 */
import type { VNode } from "preact";

/** The page. */
export function App(): VNode {
  return <main>Fieldlink</main>;
}
