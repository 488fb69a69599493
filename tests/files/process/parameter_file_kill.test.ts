import { spawn } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert, describe, it } from "vitest";
import { parameterFile } from "../../../files/mod.ts";
import type { Parameter } from "../../../mod.ts";
import { temporaryFolder } from "../support/temporary.ts";

const file = temporaryFolder();
const writer = fileURLToPath(new URL("parameter_writer.ts", import.meta.url));

/** What is in a folder, with sizes: it changes while something is being written. */
function look(folder: string): string {
  return readdirSync(folder).map((name) => `${name} ${statSync(join(folder, name), { throwIfNoEntry: false })?.size}`)
    .join();
}

/** Starts a writer, and kills it in the middle of what it does: that many changes to the folder after its first save. */
function writeAndKill(path: string, first: number, changes: number): Promise<number> {
  const child = spawn(process.execPath, [writer, path, String(first)], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  const watch = (seen: string, left: number): void => {
    const now = look(dirname(path));
    if (now !== seen && left === 1) child.kill("SIGKILL");
    else setImmediate(() => watch(now, now === seen ? left : left - 1));
  };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    if (said === "") watch(look(dirname(path)), changes);
    said += text;
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(Number(said.trimEnd().split("\n").at(-1))));
  });
}

describe("a file of parameters whose writer is killed", () => {
  it("is the old one or the new one, whole, whenever that happens", { timeout: 120_000 }, async () => {
    const path = file("killed.json");
    let first = 1;
    for (let round = 0; round < 4; round += 1) {
      const last = await writeAndKill(path, first, 1 + round);
      const leftBehind = readdirSync(dirname(path)).filter((name) => name.endsWith(".tmp"));
      assert.isAtMost(leftBehind.length, 1);
      const loaded: ReadonlyArray<Parameter> = await Promise.resolve(parameterFile(path).load() as Promise<never>);
      assert.equal(loaded.length, 200);
      const rounds = new Set(loaded.map(({ value }) => String(value).split(" ")[0]));
      assert.equal(rounds.size, 1);
      const [kept] = [...rounds].map(Number);
      assert.isTrue(kept === last || kept === last + 1, `${kept} after ${last}`);
      assert.sameMembers(readdirSync(dirname(path)), ["killed.json"]);
      first = last + 2;
    }
  });
});
