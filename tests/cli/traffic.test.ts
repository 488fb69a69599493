import { describe, expect, it } from "vitest";
import { Traffic } from "../../cli/traffic.ts";

describe("Traffic", () => {
  it("counts messages and bytes for each channel, in the order in which they were opened", () => {
    const traffic = new Traffic();
    traffic.open(7, "/b");
    traffic.open(3, "/a");
    traffic.received(3, 1n, 10, 0);
    traffic.received(3, 2n, 20, 0);
    traffic.received(99, 2n, 20, 0);
    expect(traffic.read(0).map(({ topic, messages, bytes }) => [topic, messages, bytes])).toEqual([
      ["/b", 0, 0],
      ["/a", 2, 30],
    ]);
  });

  it("gives rates over the last two seconds", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    const rates: Array<number> = [];
    for (let second = 0; second <= 6; second += 1) {
      rates.push(traffic.read(second * 1000)[0]!.rate);
      // Ten messages in each of the first three seconds, none later.
      for (let index = 0; second < 3 && index < 10; index += 1) {
        traffic.received(1, BigInt(second), 100, second * 1000 + 1);
      }
    }
    expect(rates).toEqual([0, 10, 10, 10, 5, 0, 0]);
  });

  it("measures the time from logging to arrival, by log time, whatever is lost or overtaken", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    expect(traffic.read(0)[0]!.latency).toBeUndefined();
    traffic.sent(1, 10n, 100);
    traffic.sent(1, 20n, 200);
    traffic.sent(1, 30n, 300);
    traffic.received(1, 30n, 1, 305);
    expect(traffic.read(0)[0]!.latency).toBe(5);
    traffic.received(1, 10n, 1, 115);
    expect(traffic.read(0)[0]!.latency).toBeCloseTo(6, 10);
    traffic.received(1, 999n, 1, 400);
    expect(traffic.read(0)[0]!.latency).toBeCloseTo(6, 10);
  });

  it("remembers a bounded number of messages under way", () => {
    const traffic = new Traffic();
    traffic.open(1, "/a");
    for (let index = 0; index < 5000; index += 1) traffic.sent(1, BigInt(index), 0);
    traffic.received(1, 0n, 1, 50);
    expect(traffic.read(0)[0]!.latency).toBeUndefined();
    traffic.received(1, 4999n, 1, 50);
    expect(traffic.read(0)[0]!.latency).toBe(50);
  });
});
