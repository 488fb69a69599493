import { describe, expect, it } from "vitest";
import { livekit } from "../../../adapters/livekit/mod.ts";
import { JoinError } from "../../../transport/mod.ts";
import { Admin } from "../../support/livekit/admin.ts";
import { freshRoom, suiteServer, tokenFor } from "../../support/livekit/suite.ts";
import { Device, type Place, Watcher } from "./support/ends.ts";
import { becomes, until } from "./support/waiting.ts";

/** A device and a viewer that have met, in a room of their own. */
async function meet(): Promise<AsyncDisposable & { place: Place; device: Device; watcher: Watcher; admin: Admin }> {
  const place = { server: suiteServer(), room: freshRoom() };
  const device = await Device.start(place);
  const watcher = await Watcher.join(place, "viewer");
  device.keepCounting(20);
  await watcher.reaches(0);
  const admin = new Admin(place.server);
  const end = async () => {
    await watcher[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
  };
  return { place, device, watcher, admin, [Symbol.asyncDispose]: end };
}

describe.concurrent("the end of a room has a reason, and is followed by joining anew", () => {
  it("removed: by an administrator, each end", async () => {
    await using pair = await meet();
    const { place, device, watcher, admin } = pair;
    await admin.removeParticipant(place.room, "viewer");
    await becomes(() => watcher.reasons, ["removed"]);
    await watcher.reaches(device.next);
    expect(device.reasons).toEqual([]);
    await admin.removeParticipant(place.room, "device");
    await becomes(() => device.reasons, ["removed"]);
    await watcher.reaches(device.next);
    expect(watcher.reasons).toEqual(["removed"]);
    expect(watcher.statuses).toEqual(["connected", "connecting", "connected"]);
  });

  it("room-deleted: by an administrator", async () => {
    await using pair = await meet();
    const { place, device, watcher, admin } = pair;
    await admin.deleteRoom(place.room);
    await becomes(() => [device.reasons, watcher.reasons], [["room-deleted"], ["room-deleted"]]);
    await watcher.reaches(device.next);
  });

  it("replaced: by another viewer of the identity, which has everything, and is replaced in turn", async () => {
    await using pair = await meet();
    const { place, device, watcher } = pair;
    await using twin = await Watcher.join(place, "viewer");
    await becomes(() => watcher.reasons, ["replaced"]);
    await twin.reaches(device.next);
    await becomes(() => twin.reasons, ["replaced"]);
    await twin.viewer.close();
    await watcher.reaches(device.next);
    expect(device.reasons).toEqual([]);
    await becomes(() => device.gateway.viewers.length, 1);
  });

  it("replaced: a device by another of its identity, and viewers go on with that one", async () => {
    await using pair = await meet();
    const { place, device, watcher } = pair;
    await using other = await Device.start(place, { sessionId: "other" });
    await becomes(() => device.reasons, ["replaced"]);
    await until("the viewer has met the other device", () => watcher.viewer.serverInfo?.sessionId === "other");
    await device.gateway.close();
    other.keepCounting(20);
    const from = watcher.numbers.length;
    await until("the other device's messages come", () => watcher.numbers.length > from + 5);
    expect(watcher.reasons).toEqual([]);
  });
});

describe.concurrent("credentials", () => {
  it("that are refused end it for good, for a device and for a viewer", async () => {
    const place = { server: suiteServer(), room: freshRoom() };
    const wrong = { server: { ...place.server, apiSecret: "x".repeat(32) } };
    const refused = Watcher.join({ ...place, ...wrong }, "viewer");
    await expect(refused).rejects.toMatchObject({ _tag: "JoinError", reason: "refused" });
    const gateway = Device.start({ ...place, ...wrong }, { identity: "other" });
    await expect(gateway).rejects.toMatchObject({ _tag: "JoinError", reason: "refused" });
  });

  it("that have expired are refused", async () => {
    const place = { server: suiteServer(), room: freshRoom() };
    // The server allows for clocks that differ by a minute.
    const late = Watcher.join(place, "viewer", { way: { token: { ttlSeconds: -120 } } });
    await expect(late).rejects.toMatchObject({ _tag: "JoinError", reason: "refused" });
  });

  it("that cannot be had at first are asked for again", async () => {
    const place = { server: suiteServer(), room: freshRoom() };
    let asked = 0;
    const token = async () => {
      asked += 1;
      if (asked === 1) throw new Error("the token service is down");
      return await tokenFor(place.room, "device");
    };
    await using device = await Device.start(place, {
      transport: livekit({ url: place.server.url, token, iceServers: [], logLevel: "silent" }),
    });
    expect(asked).toBe(2);
    const told = device.log.lines.find(({ message }) => message.startsWith("the room cannot be joined"));
    expect(told?.fields["error"]).toBeInstanceOf(JoinError);
    expect(told?.fields["error"]).toMatchObject({
      reason: "unreachable",
      detail: "there is no token: the token service is down",
    });
  });
});
