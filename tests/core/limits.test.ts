import { readFileSync } from "node:fs";
import { assert, describe, it } from "vitest";
import { liveKitLimitTable } from "../../adapters/livekit/limits.ts";
import { sseClientLimitTable } from "../../adapters/sse/client/limits.ts";
import { sseLimitTable } from "../../adapters/sse/server/limits.ts";
import {
  channelLimits,
  gatewayLimits,
  gatewayLimitsWith,
  invalidLimit,
  viewerLimits,
  viewerLimitsWith,
} from "../../core/limits.ts";
import { resumeLimitTable } from "../../core/resume/mod.ts";
import { parameterStoreLimits, parameterStoreLimitsWith } from "../../core/parameters/parameter_limits.ts";

const page = readFileSync(new URL("../../LIMITS.md", import.meta.url), "utf8");

/** The rows of one section's table, by the option's name. */
function rows(section: string): Map<string, ReadonlyArray<string>> {
  const body = page.split(`## ${section}\n`)[1]?.split("\n## ")[0] ?? "";
  const cells = body.split("\n").filter((line) => line.startsWith("| `")).map((line) =>
    line.slice(1, -1).split("|").map((cell) => cell.trim())
  );
  return new Map(cells.map(([name, ...rest]) => [(name ?? "").replaceAll("`", ""), rest]));
}

function written({ default: value, unit }: { readonly default: number; readonly unit: string }): string {
  if (unit !== "bytes" || value % 1024 !== 0) return value.toLocaleString("en-US");
  return value % (1024 * 1024) === 0 ? `${value / 1024 / 1024} MiB` : `${value / 1024} KiB`;
}

describe("LIMITS.md", () => {
  for (
    const [section, table] of [
      ["Gateway", gatewayLimits],
      ["Viewer", viewerLimits],
      ["Channel", channelLimits],
      ["Parameter store", parameterStoreLimits],
      ["Resume", resumeLimitTable],
      ["Event streams: the device", sseLimitTable],
      ["Event streams: the viewer", sseClientLimitTable],
      ["LiveKit", liveKitLimitTable],
    ] as const
  ) {
    it(`lists every limit of the ${section === "LiveKit" ? "LiveKit transport" : section.toLowerCase()} as the code has it, and no other`, () => {
      const listed = rows(section);
      assert.sameMembers([...listed.keys()], Object.keys(table));
      for (const [name, limit] of Object.entries(table)) {
        assert.deepEqual(listed.get(name), [written(limit), limit.unit, limit.bounds, limit.consequence], name);
      }
    });
  }
});

describe("limits", () => {
  it("are the defaults where none is given", () => {
    assert.equal(gatewayLimitsWith().queueFrames, 1024);
    assert.equal(gatewayLimitsWith({ queueFrames: 5 }).queueFrames, 5);
    assert.equal(viewerLimitsWith({ lossyMessages: 7 }).lossyMessages, 7);
    assert.equal(parameterStoreLimitsWith({ bytes: 7 }).bytes, 7);
    assert.equal(parameterStoreLimitsWith({ bytes: 7 }).parameters, 4096);
  });

  it("are positive whole numbers", () => {
    for (const value of [0, -1, 1.5, NaN, Infinity]) {
      assert.include(invalidLimit({ queueFrames: value }, gatewayLimits) ?? "", '"queueFrames"');
    }
    assert.isUndefined(invalidLimit(viewerLimitsWith(), viewerLimits));
  });

  it("are those of the table: another name is refused, and one without a value counts as left out", () => {
    assert.include(invalidLimit({ queueFramez: 3 }, gatewayLimits) ?? "", "queueFrames");
    assert.isUndefined(invalidLimit({ queueFrames: undefined }, gatewayLimits));
    const options: object = { queueFrames: undefined };
    assert.equal(gatewayLimitsWith(options).queueFrames, 1024);
  });
});
