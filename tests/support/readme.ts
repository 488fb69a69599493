/**
 * The code blocks of the README.
 */
import { readFileSync } from "node:fs";

/** A block of code. */
export interface Block {
  /** The heading that it is under. */
  readonly heading: string;
  readonly code: string;
}

const page = readFileSync(new URL("../../README.md", import.meta.url), "utf8");

/** The section whose code needs a server. */
export const SERVER_SECTION = "LiveKit in five minutes";

/** The section whose code listens on a port, and goes on. */
export const HTTP_SECTION = "A device in the browser, without a server";

/** All of the README. */
export function readme(): string {
  return page;
}

/** Its blocks of TypeScript. */
export function blocks(): ReadonlyArray<Block> {
  const found: Array<Block> = [];
  let heading = "";
  let lines: Array<string> | undefined;
  for (const line of page.split("\n")) {
    if (lines === undefined && /^#+ /.test(line)) heading = line.replace(/^#+ /, "");
    if (line === "```ts") lines = [];
    else if (lines !== undefined && line === "```") {
      found.push({ heading, code: lines.join("\n") });
      lines = undefined;
    } else lines?.push(line);
  }
  return found;
}
