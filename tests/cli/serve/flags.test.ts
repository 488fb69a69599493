import { describe, expect, it } from "vitest";
import { withBareServe } from "../../../cli/serve/flags.ts";

describe("--serve", () => {
  it("takes a port, and none", () => {
    expect(withBareServe(["replay", "a.mcap", "--serve", "9000"])).toEqual(["replay", "a.mcap", "--serve", "9000"]);
    expect(withBareServe(["replay", "--serve=9000"])).toEqual(["replay", "--serve=9000"]);
    expect(withBareServe(["replay", "--serve"])).toEqual(["replay", "--serve=any"]);
    expect(withBareServe(["replay", "--serve", "a.mcap"])).toEqual(["replay", "--serve=any", "a.mcap"]);
    expect(withBareServe(["replay", "--serve", "--loop"])).toEqual(["replay", "--serve=any", "--loop"]);
  });

  it("is a file like any other behind --", () => {
    expect(withBareServe(["replay", "--", "--serve"])).toEqual(["replay", "--", "--serve"]);
  });
});
