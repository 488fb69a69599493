import { describe, expect, it } from "vitest";
import { areFree } from "../support/livekit/ports.ts";
import { LiveKitServer } from "../support/livekit/server.ts";
import { freshRoom, suiteAdmin, suiteServer } from "../support/livekit/suite.ts";

describe("the suite's server", () => {
  it("answers, and knows its keys", async () => {
    expect(suiteServer().url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+$/);
    expect(await suiteAdmin().listParticipants(freshRoom())).toEqual([]);
  });
});

describe("a server of one's own", () => {
  it("runs again on its ports with its keys after a crash, and gives them back", async () => {
    await using server = await LiveKitServer.start();
    const { address, ports, pid } = server;
    expect(await areFree(ports)).toBe(false);
    await server.kill();
    expect(server.pid).toBeUndefined();
    expect(await areFree(ports)).toBe(true);
    await server.restart();
    expect(server.address).toEqual(address);
    expect(server.pid).not.toBe(pid);
    expect((await fetch(address.httpUrl)).status).toBe(200);
    expect(await server.stop()).toBe(true);
    expect(await areFree(ports)).toBe(true);
    expect(server.log).toContain("exit requested");
  });
});
