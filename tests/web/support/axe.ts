/**
 * What axe finds wrong with the accessibility of a page.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "puppeteer-core";

interface AxeResults {
  readonly violations: ReadonlyArray<{
    readonly id: string;
    readonly nodes: ReadonlyArray<{ readonly target: ReadonlyArray<unknown>; readonly failureSummary?: string }>;
  }>;
}

const source = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is wrong within elements of a page, a line each; nothing: `[]`. */
export async function axeViolations(page: Page, selector: string): Promise<ReadonlyArray<string>> {
  await page.evaluate(source);
  return await page.evaluate(async (within) => {
    const axe = Reflect.get(globalThis, "axe") as { run: (context: string) => Promise<AxeResults> };
    const { violations } = await axe.run(within);
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary = "" }) =>
        `${id}: ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`
      )
    );
  }, selector);
}
