/**
 * A folder for the files of one test file, removed after it.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";

/** Makes the folder; the result turns a name into a path in it. */
export function temporaryFolder(): (name: string, contents?: Uint8Array | string) => string {
  const folder = mkdtempSync(join(tmpdir(), "fieldlink-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return (name, contents) => {
    const path = join(folder, name);
    if (contents !== undefined) writeFileSync(path, contents);
    return path;
  };
}
