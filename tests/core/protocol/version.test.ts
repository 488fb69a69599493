import { describe, expect, it } from "vitest";
import {
  checkProtocolVersion,
  DEFAULT_PROTOCOL_VERSION,
  PROTOCOL_VERSION,
  UnsupportedProtocolVersion,
} from "../../../core/protocol/mod.ts";

describe("checkProtocolVersion", () => {
  it.each([
    ["2.2.0", "inline"],
    ["2.2.9", "inline"],
    ["2.2.0+build.5", "inline"],
    ["2.3.0-rc.1", "inline"],
    ["2.3.0", "table"],
    ["2.3.0+build", "table"],
    ["2.4.0", "table"],
    ["2.9.1", "table"],
    [PROTOCOL_VERSION, "table"],
  ])("lets %s in and advertises %s (J-07, J-09)", (version, advertiseForm) => {
    expect(checkProtocolVersion(version)).toEqual({ version, advertiseForm });
  });

  it("takes a viewer that does not say as one of 2.2.0 (J-07)", () => {
    expect(checkProtocolVersion(undefined)).toEqual({ version: DEFAULT_PROTOCOL_VERSION, advertiseForm: "inline" });
  });

  it.each([
    "2.1.9",
    "2.2.0-rc.1",
    "1.9.9",
    "3.0.0",
    "3.0.0-rc.1",
    "not-a-version",
    "",
    "2",
    "2.3",
    "v2.3.0",
    "2.3.0.0",
    "02.3.0",
    " 2.3.0",
    "2.3.0 ",
    "2.3.0\n",
    "2.3.0-",
    "2.3.x",
  ])("refuses %j, naming it and the version spoken (J-08)", (version) => {
    const error = checkProtocolVersion(version);
    expect(error).toBeInstanceOf(UnsupportedProtocolVersion);
    expect(error).toMatchObject({ version, supported: "2.3.0", message: expect.stringContaining(`"${version}"`) });
    expect(error).toMatchObject({ message: expect.stringContaining("2.3.0") });
  });
});
