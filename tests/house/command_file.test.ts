import { expect, it } from "vitest";
import { run } from "../../scripts/house.ts";

/** Makes the Node that loads it say that it is an older one. */
function posingAs(version: string): string {
  const versions = JSON.stringify({ node: version });
  return `data:text/javascript,Object.defineProperty(process, "versions", { value: ${versions} })`;
}

it("the command says in one line that Node is too old, and fails", async () => {
  const { code, output } = await run(["node", "--import", posingAs("20.20.2"), "bin/fieldlink.js", "demo"]);
  expect(output).toBe(
    "fieldlink needs Node 24 or newer to run from its sources; `npm start` and `npx fieldlink` bring one; " +
      "this is Node 20.20\n",
  );
  expect(code).toBe(1);
});
