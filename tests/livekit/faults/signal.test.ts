import { afterEach, describe, expect, it, vi } from "vitest";
import { freshRoom, suiteServer, type WayInOptions } from "../../support/livekit/suite.ts";
import { Device, isGapless, isInOrder, Watcher } from "./support/ends.ts";
import { SignalProxy } from "./support/proxy.ts";
import { becomes, until } from "./support/waiting.ts";

/** A device and a viewer, each with a way of its own to the server. */
async function meet(way: WayInOptions = {}): Promise<
  AsyncDisposable & { device: Device; watcher: Watcher; toDevice: SignalProxy; toViewer: SignalProxy }
> {
  const { url, ...server } = suiteServer();
  const port = Number(new URL(url).port);
  const room = freshRoom();
  const toDevice = await SignalProxy.start(port);
  const toViewer = await SignalProxy.start(port);
  const device = await Device.start({ server: { ...server, url: toDevice.url }, room }, { way });
  const watcher = await Watcher.join({ server: { ...server, url: toViewer.url }, room }, "viewer");
  device.keepCounting(5);
  await watcher.reaches(10);
  const end = async () => {
    await watcher[Symbol.asyncDispose]();
    await device[Symbol.asyncDispose]();
    await toViewer[Symbol.asyncDispose]();
    await toDevice[Symbol.asyncDispose]();
  };
  return { device, watcher, toDevice, toViewer, [Symbol.asyncDispose]: end };
}

/** Waits until a connection has been resumed, and what was said before and meanwhile has come. */
async function isResumed(way: SignalProxy, before: number, device: Device, watcher: Watcher): Promise<void> {
  await until("the signal connection is there again", () => way.connections > before);
  await watcher.reaches(device.next + 50);
}

afterEach(() => {
  vi.useRealTimers();
});

describe("a signal connection that is cut", () => {
  it("is resumed by each end: no message is lost, and no session ends", async () => {
    await using pair = await meet();
    const { device, watcher, toDevice, toViewer } = pair;
    for (const way of [toDevice, toViewer, toDevice]) {
      const before = way.connections;
      way.cut();
      await isResumed(way, before, device, watcher);
    }
    // Where the way is shut for a while, several attempts are made.
    toDevice.set("shut");
    toViewer.set("shut");
    const attempts = toDevice.connections + toViewer.connections;
    toDevice.cut();
    toViewer.cut();
    await until("attempts have failed", () => toDevice.connections + toViewer.connections > attempts + 4);
    toDevice.set("open");
    toViewer.set("open");
    await isResumed(toDevice, toDevice.connections, device, watcher);

    device.stopCounting();
    await watcher.reaches(device.next - 1);
    expect(isGapless(watcher.numbers)).toBe(true);
    expect([device.reasons, watcher.reasons]).toEqual([[], []]);
    expect([device.statuses, watcher.statuses]).toEqual([["connecting", "connected"], ["connected"]]);
    expect(watcher.log.at("warning")).toEqual([]);
  });

  it("and cannot be resumed in time ends the room, which is joined anew when the way is open", async () => {
    await using pair = await meet({ livekit: { limits: { resumeTimeoutMs: 1_000 } } });
    const { device, watcher, toDevice } = pair;
    toDevice.set("shut");
    toDevice.cut();
    await becomes(() => device.reasons, ["connection-lost"]);
    toDevice.set("open");
    await watcher.reaches(device.next);
    expect(watcher.reasons).toEqual([]);
    expect(isInOrder(watcher.numbers)).toBe(true);
  });

  it("and is refused when its token has run out meanwhile ends the room as expired, and a new token is asked for", async () => {
    await using pair = await meet();
    const { device, watcher, toViewer } = pair;
    // The server gives a connection new tokens, of ten minutes and more, for as long as it stands.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 24 * 3600 * 1000 });
    toViewer.set({ reply: "HTTP/1.1 401 Unauthorized\r\ncontent-length: 7\r\nconnection: close\r\n\r\nexpired" });
    toViewer.cut();
    await becomes(() => watcher.reasons, ["expired"]);
    vi.useRealTimers();
    toViewer.set("open");
    await watcher.reaches(device.next);
    expect(watcher.statuses).toEqual(["connected", "connecting", "connected"]);
  });
});
