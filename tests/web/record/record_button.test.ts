/**
 * Recording in a browser: from the button to the file that it downloads.
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { McapIndexedReader, TempBuffer } from "@mcap/core";
import type { Page } from "puppeteer-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { collect } from "../../files/support/collect.ts";
import { sharedBrowser } from "../../support/browser/rover_page.ts";
import { axeViolations } from "../support/axe.ts";
import { Site } from "../support/site.ts";

const deadline = { timeout: 20_000 };
const button = ".record-button";

let site: Site;
let page: Page;
let complaints: ReadonlyArray<string>;
let downloads: string;

beforeAll(async () => {
  downloads = await mkdtemp(join(tmpdir(), "fieldlink-downloads-"));
  site = await Site.serve("tests/web/panels/page");
}, 90_000);

beforeEach(async () => {
  ({ page, complaints } = await (await sharedBrowser()).visit(site.url));
  const session = await page.createCDPSession();
  const { targetInfo } = await session.send("Target.getTargetInfo");
  const where = targetInfo.browserContextId === undefined ? {} : { browserContextId: targetInfo.browserContextId };
  await session.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath: downloads, ...where });
  // Panels that are out of sight do not go on.
  await page.setViewport({ width: 1400, height: 1600 });
  await page.waitForSelector(button, deadline);
});

afterEach(async () => {
  await page.browserContext().close();
});

afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
  await rm(downloads, { recursive: true, force: true });
});

async function press(text: string): Promise<void> {
  await page.$$eval("button", (all, wanted) => {
    const found = all.find((one) => one.textContent?.trim().startsWith(wanted) === true || one.ariaLabel === wanted);
    if (found === undefined) throw new Error(`there is no ${wanted}`);
    found.click();
  }, text);
}

/** Waits until the button says that so much has been recorded. */
async function untilRecorded(pattern: RegExp): Promise<void> {
  await page.waitForFunction(
    (where, source) => new RegExp(source).test(document.querySelector(where)?.textContent ?? ""),
    deadline,
    button,
    pattern.source,
  );
}

/** Waits until a channel that counts has counted on. */
async function untilCounted(more: number): Promise<void> {
  const row = 'section[aria-label="Message of /counter/ros1"] [role=treeitem]';
  const count = await page.waitForFunction(
    (where) => Number(document.querySelector(where)?.textContent?.replace(/\D/g, "")),
    deadline,
    row,
  );
  await page.waitForFunction(
    (where, past) => Number(document.querySelector(where)?.textContent?.replace(/\D/g, "")) > past,
    deadline,
    row,
    Number(await count.jsonValue()) + more,
  );
}

/** The file that was downloaded, once it is whole. */
async function downloaded(): Promise<{ name: string; reader: McapIndexedReader }> {
  for (const end = Date.now() + deadline.timeout; Date.now() < end;) {
    const [name] = (await readdir(downloads)).filter((one) => one.endsWith(".mcap"));
    if (name !== undefined) {
      const bytes = await readFile(join(downloads, name));
      await rm(join(downloads, name));
      return { name, reader: await McapIndexedReader.Initialize({ readable: new TempBuffer(bytes) }) };
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("nothing was downloaded");
}

describe("the button that records", () => {
  it("records all channels, and hands over a file that has every message of reliable ones", async () => {
    await press("Record");
    await page.waitForSelector("dialog[open]", deadline);
    expect(await axeViolations(page, "dialog")).toEqual([]);
    await press("Record 14 channels");
    await page.waitForSelector(`${button}.is-recording`, deadline);
    await page.waitForSelector("dialog[open]", { ...deadline, hidden: true });
    await untilRecorded(/ [1-9]\d{2,} kB| MB/);
    // By then there is something of every channel that says something by itself.
    await untilCounted(5);
    await page.click(button);
    const { name, reader } = await downloaded();
    expect(name).toMatch(/^rover_\d{4}-\d\d-\d\dT[\d-]+Z\.mcap$/);

    const topics = [...reader.channelsById.values()].map(({ topic, messageEncoding }) => `${topic} ${messageEncoding}`);
    expect(topics).toEqual(expect.arrayContaining([
      "/camera/raw cdr",
      "/counter/protobuf protobuf",
      "/counter/ros1 ros1",
      "/rover/pose json",
      "/unknown smoke signals",
    ]));
    const channel = [...reader.channelsById.values()].find(({ topic }) => topic === "/counter/ros1")!;
    const schema = reader.schemasById.get(channel.schemaId)!;
    expect([schema.name, schema.encoding, new TextDecoder().decode(schema.data)]).toEqual([
      "test_msgs/Counter",
      "ros1msg",
      "int32 count\nstring name\nfloat64[] samples",
    ]);
    const messages = await collect(reader.readMessages({ topics: ["/counter/ros1"] }));
    const counts = messages.map(({ data }) => new DataView(data.buffer, data.byteOffset).getInt32(0, true));
    expect(counts.length).toBeGreaterThan(3);
    expect(counts).toEqual(counts.map((_, at) => counts[0]! + at));
    expect(messages.map(({ sequence }) => sequence)).toEqual(counts.map((_, at) => at + 1));

    await page.waitForSelector(".record-outcome", deadline);
    const outcome = await page.$eval(".record-outcome", (one) => one.textContent);
    expect(outcome).toContain(`Recorded. ${Number(reader.statistics?.messageCount).toLocaleString("en")} messages`);
    await press("Close");
    await page.waitForFunction((where) => document.querySelector(where)?.textContent === "Record", deadline, button);
    expect(complaints).toEqual([]);
  });

  it("records what is chosen alone", async () => {
    await page.click(button);
    await page.waitForSelector("dialog[open]", deadline);
    await press("None");
    await page.waitForSelector(".record-start[disabled]", deadline);
    await page.$$eval("dialog label", (labels) => {
      const wanted = labels.find((label) => label.textContent === "/counter/protobuf");
      wanted?.querySelector("input")?.click();
    });
    await page.waitForSelector(".record-start:not([disabled])", deadline);
    await press("Record 1 channel");
    await untilRecorded(/ [1-9]\d* (B|kB)/);
    await page.click(button);
    const { reader } = await downloaded();
    expect([...reader.channelsById.values()].map(({ topic }) => topic)).toEqual(["/counter/protobuf"]);
    expect(complaints).toEqual([]);
  });
});
