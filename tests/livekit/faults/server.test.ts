import { describe, expect, it } from "vitest";
import { LiveKitServer } from "../../support/livekit/server.ts";
import { Device, isInOrder, placeOn, Watcher } from "./support/ends.ts";
import { SignalProxy } from "./support/proxy.ts";
import { becomes } from "./support/waiting.ts";

/** A message of the signal connection, whole and uncompressed: leave, for the reason that the server shuts down. */
const SHUTTING_DOWN = Buffer.from([0x82, 0x04, 0x42, 0x02, 0x10, 0x03]);

/**
 * What an end on that way has to take the server's orderly end for. A server gives its last messages to other threads of
 * its own and ends without waiting for them: where the machine is busy, one or the other does not leave it.
 */
async function reasonOn(way: SignalProxy): Promise<"server-shutdown" | "connection-lost"> {
  return Buffer.from(await way.lastWords).includes(SHUTTING_DOWN) ? "server-shutdown" : "connection-lost";
}

describe("a server that goes away", () => {
  it("is waited for by both ends, and the reliable channel goes on", async () => {
    await using server = await LiveKitServer.start();
    await using toDevice = await SignalProxy.start(server.ports.http);
    await using toViewer = await SignalProxy.start(server.ports.http);
    await using device = await Device.start(placeOn(server, "restarted", toDevice.url));
    await using watcher = await Watcher.join(placeOn(server, "restarted", toViewer.url), "viewer");
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
    const deviceReason = await reasonOn(toDevice);
    const viewerReason = await reasonOn(toViewer);
    await server.restart();
    await becomes(() => device.reasons, ["connection-lost", deviceReason]);
    await becomes(() => watcher.reasons, ["connection-lost", viewerReason]);
    await watcher.reaches(device.next);

    // Each end is told when it was not there; what came is in order, and what is missing is seen by its number.
    const away = ["connecting", "connected"];
    expect(device.statuses).toEqual([...away, ...away, ...away]);
    expect(watcher.statuses).toEqual(["connected", ...away, ...away]);
    expect(isInOrder(watcher.numbers)).toBe(true);
  });
});
