import { afterEach, describe, expect, it, vi } from "vitest";
import { couldNotLoad } from "../../../adapters/livekit/missing_package.ts";

const install = "Deno" in globalThis
  ? "deno add npm:livekit-client npm:@roamhq/wrtc"
  : "Bun" in globalThis
  ? "bun add livekit-client @roamhq/wrtc"
  : "npm install livekit-client @roamhq/wrtc";

afterEach(() => vi.unstubAllGlobals());

function notFound(message: string): Error {
  return Object.assign(new Error(message), { code: "ERR_MODULE_NOT_FOUND" });
}

describe("a package that cannot be loaded", () => {
  it("is named when it is not installed, with the command that installs what is needed", () => {
    const cause = notFound("Cannot find package 'livekit-client' imported from /app/client.js");
    const error = couldNotLoad("livekit-client", cause);
    expect(error).toMatchObject({ _tag: "JoinError", reason: "unsupported", cause });
    expect(error.detail).toBe(`the package livekit-client is not installed: ${install}`);
  });

  it("is told from one that is there and does not load", () => {
    expect(couldNotLoad("@roamhq/wrtc", new Error("Could not find wrtc binary on any of the paths: x")).detail).toBe(
      "the package @roamhq/wrtc could not be loaded: Could not find wrtc binary on any of the paths: x",
    );
    expect(couldNotLoad("livekit-client", notFound("Cannot find package 'loglevel' imported from /x")).detail).toBe(
      "the package livekit-client could not be loaded: Cannot find package 'loglevel' imported from /x",
    );
    expect(couldNotLoad("livekit-client", "torn").detail).toContain("could not be loaded: torn");
  });

  it("is the only one that a page needs", () => {
    vi.stubGlobal("document", {});
    const { detail } = couldNotLoad("livekit-client", notFound("Cannot find package 'livekit-client'"));
    if (!("Deno" in globalThis || "Bun" in globalThis)) expect(detail).toContain(": npm install livekit-client");
    expect(detail.endsWith("@roamhq/wrtc")).toBe("Deno" in globalThis || "Bun" in globalThis);
  });
});
