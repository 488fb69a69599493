import { afterEach, describe, expect, it, vi } from "vitest";

const EXPECTED = [
  "connected to rover-7, the gateway is connected",
  "viewer-1 has subscribed to /pose",
  '/pose {"x":0,"y":0}',
  '/pose {"x":1,"y":0}',
  '/pose {"x":2,"y":0}',
];

/** What an example prints, line by line. */
async function printed(load: () => Promise<unknown>): Promise<ReadonlyArray<string>> {
  const lines: Array<string> = [];
  vi.spyOn(console, "log").mockImplementation((...parts) => {
    lines.push(parts.map((part) => typeof part === "string" ? part : JSON.stringify(part)).join(" "));
  });
  await load();
  return lines;
}

describe("examples", () => {
  afterEach(() => void vi.restoreAllMocks());

  it("a device and a viewer, with promises", async () => {
    expect(await printed(() => import("../../examples/promises.ts"))).toEqual(EXPECTED);
  });

  it("a lossy link on virtual time", async () => {
    expect(await printed(() => import("../../examples/virtual_time.ts"))).toEqual(["99 of 100 messages arrived"]);
  });

  it("a device and a viewer, with Effect", async () => {
    expect(await printed(() => import("../../examples/effects.ts"))).toEqual(EXPECTED);
  });
});
