import { describe, expect, it } from "vitest";
import { decodeDatagram, encodeDatagram, formatEventId, parseEventId } from "../../../adapters/sse/wire.ts";

describe("an event id", () => {
  it("is read as it was written", () => {
    for (const id of [{ epoch: "a", sequence: -1 }, { epoch: "Zz_-09", sequence: 0 }, { epoch: "e", sequence: 12 }]) {
      expect(parseEventId(formatEventId(id))).toEqual(id);
    }
  });

  it("is nothing else", () => {
    const others = ["", ".", "a", "a.", ".1", "a.-2", "a.01", "a.1.2", "a b.1", "a.1 ", "a.9007199254740993", "é.1"];
    for (const other of others) expect([other, parseEventId(other)]).toEqual([other, undefined]);
  });
});

describe("a datagram", () => {
  it("is read as it was written", () => {
    const largest = { channelId: Number.MAX_SAFE_INTEGER, logTime: 2n ** 64n - 1n, frame: Uint8Array.of(1, 2, 255) };
    for (const datagram of [largest, { channelId: 0, logTime: 0n, frame: new Uint8Array(0) }]) {
      expect(decodeDatagram(encodeDatagram(datagram))).toEqual(datagram);
    }
  });

  it("is nothing that is cut short, is no base64, or has a channel beyond 2^53", () => {
    const text = encodeDatagram({ channelId: 1, logTime: 1n, frame: new Uint8Array(0) });
    expect(decodeDatagram(text.slice(0, 20))).toBeUndefined();
    expect(decodeDatagram(`${text.slice(0, -1)}!`)).toBeUndefined();
    expect(decodeDatagram("/".repeat(24))).toBeUndefined();
  });
});
