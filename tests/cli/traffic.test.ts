import { describe, expect, it } from "vitest";
import { overall, Traffic } from "../../cli/traffic.ts";

describe("Traffic", () => {
  it("takes over what was counted of each channel, in the order in which they were opened", () => {
    const traffic = new Traffic();
    traffic.open(7, "/b");
    traffic.open(3, "/a");
    const count = { messages: 1, bytes: 10, lost: 0 };
    traffic.count([{ ...count, channelId: 3 }, { ...count, channelId: 99 }]);
    traffic.count([{ channelId: 3, messages: 2, bytes: 30, lost: 4 }]);
    expect(traffic.read(0).map(({ topic, messages, bytes, lost }) => [topic, messages, bytes, lost])).toEqual([
      ["/b", 0, 0, 0],
      ["/a", 2, 30, 4],
    ]);
    expect([traffic.messages(3), traffic.messages(99)]).toEqual([2, 0]);
  });

  it("tells channels of one topic apart, and begins anew where an id is given to another topic", () => {
    const traffic = new Traffic();
    for (const [id, topic] of [[1, "/a"], [2, "/a"], [3, "/b"], [1, "/a"]] as const) traffic.open(id, topic);
    traffic.count([{ channelId: 1, messages: 5, bytes: 5, lost: 0 }]);
    expect(traffic.read(0).map(({ topic, messages }) => [topic, messages])).toEqual([["/a", 5], ["/a (2)", 0], [
      "/b",
      0,
    ]]);
    traffic.open(1, "/c");
    expect(traffic.read(0).map(({ topic, messages }) => [topic, messages])).toEqual([["/c", 0], ["/a (2)", 0], [
      "/b",
      0,
    ]]);
  });

  it("gives rates over the last two seconds", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    const rates: Array<number> = [];
    for (let second = 0; second <= 6; second += 1) {
      rates.push(traffic.read(second * 1000)[0]!.rate);
      // Ten messages in each of the first three seconds, none later.
      const messages = 10 * Math.min(3, second + 1);
      traffic.count([{ channelId: 1, messages, bytes: 100 * messages, lost: 0 }]);
    }
    expect(rates).toEqual([0, 10, 10, 10, 5, 0, 0]);
  });

  it("measures the time from logging to arrival, by log time, whatever is lost or overtaken", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    expect(traffic.read(0)[0]!.delay?.ms).toBeUndefined();
    traffic.sent(1, 10n, 100);
    traffic.sent(1, 20n, 200);
    traffic.sent(1, 30n, 300);
    traffic.received(1, 30n, 305);
    expect(traffic.read(0)[0]!.delay?.ms).toBe(5);
    traffic.received(1, 10n, 115);
    expect(traffic.read(0)[0]!.delay?.ms).toBeCloseTo(6, 10);
    traffic.received(1, 999n, 400);
    expect(traffic.read(0)[0]!.delay?.ms).toBeCloseTo(6, 10);
  });

  it("tells the mean age of messages, with the uncertainty of the newest", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    traffic.aged(1, { ms: 5, uncertaintyMs: 3 });
    traffic.aged(1, { ms: 15, uncertaintyMs: 1 });
    traffic.aged(2, { ms: 99, uncertaintyMs: 99 });
    expect(traffic.read(0)[0]!.delay).toEqual({ kind: "age", ms: 6, uncertaintyMs: 1 });
  });

  it("remembers a bounded number of messages under way", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    for (let index = 0; index < 5000; index += 1) traffic.sent(1, BigInt(index), 0);
    traffic.received(1, 0n, 50);
    expect(traffic.read(0)[0]!.delay?.ms).toBeUndefined();
    traffic.received(1, 4999n, 50);
    expect(traffic.read(0)[0]!.delay?.ms).toBe(50);
  });

  it("gives the rates of a whole run at its end", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    traffic.count([{ channelId: 1, messages: 10, bytes: 50, lost: 0 }]);
    expect(overall(traffic.read(4_000), 2_000)).toMatchObject([{ rate: 5, bandwidth: 25 }]);
    expect(overall(traffic.read(4_000), 0)).toMatchObject([{ rate: 0, bandwidth: 0 }]);
  });
});
