import { describe, expect, it } from "vitest";
import { LiveKitServer } from "../../support/livekit/server.ts";
import { Device, isInOrder, placeOn, Watcher } from "./support/ends.ts";
import { becomes } from "./support/waiting.ts";

describe("a server that goes away", () => {
  it("is waited for by both ends, and the reliable channel goes on", async () => {
    await using server = await LiveKitServer.start();
    const place = placeOn(server, "restarted");
    await using device = await Device.start(place);
    await using watcher = await Watcher.join(place, "viewer");
    device.keepCounting(5);
    await watcher.reaches(20);

    // Without a word: the connection is tried to be resumed, and the new server knows nothing of it.
    await server.kill();
    await server.restart();
    await becomes(() => device.reasons, ["connection-lost"]);
    await becomes(() => watcher.reasons, ["connection-lost"]);
    await watcher.reaches(device.next);

    // With a word.
    await server.stop();
    await becomes(() => device.reasons, ["connection-lost", "server-shutdown"]);
    await becomes(() => watcher.reasons, ["connection-lost", "server-shutdown"]);
    await server.restart();
    await watcher.reaches(device.next);

    // Each end is told when it was not there; what came is in order, and what is missing is seen by its number.
    const away = ["connecting", "connected"];
    expect(device.statuses).toEqual([...away, ...away, ...away]);
    expect(watcher.statuses).toEqual(["connected", ...away, ...away]);
    expect(isInOrder(watcher.numbers)).toBe(true);
  });
});
