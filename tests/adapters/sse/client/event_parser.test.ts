import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EventParser, type ServerEvent } from "../../../../adapters/sse/client/event_parser.ts";

const encoder = new TextEncoder();

function parse(text: string, size = Infinity, maxChars = 1_000) {
  const events: Array<ServerEvent> = [];
  const retries: Array<number> = [];
  const parser = new EventParser({
    maxChars,
    onEvent: (event) => events.push(event),
    onRetry: (ms) => retries.push(ms),
  });
  const bytes = encoder.encode(text);
  let isTaken = true;
  for (let from = 0; from < bytes.length && isTaken; from += size) {
    isTaken = parser.feed(bytes.subarray(from, Math.min(bytes.length, from + size)));
  }
  return { events, retries, isTaken };
}

describe("the parser of events", () => {
  it("reads names, data of several lines and ids", () => {
    const { events } = parse("id: a.1\nevent: text\ndata: one\ndata:two\ndata:  three\n\ndata\n\n");
    expect(events).toEqual([
      { event: "text", data: "one\ntwo\n three", id: "a.1" },
      { event: "message", data: "", id: undefined },
    ]);
  });

  it("ends lines at every kind of line end, and lets no event count that has not ended", () => {
    expect(parse("data: 1\r\n\r\ndata: 2\r\rdata: 3\n\ndata: 4\n").events.map(({ data }) => data)).toEqual([
      "1",
      "2",
      "3",
    ]);
  });

  it("passes over comments, unknown fields, bad ids and events without data", () => {
    const { events } = parse(": keep-alive\n\nother: 1\nid: a\0b\nevent: x\n\nevent: y\ndata: 1\n\n");
    expect(events).toEqual([{ event: "y", data: "1", id: undefined }]);
  });

  it("tells of the pause that the server asks for, where it is a number", () => {
    expect(parse("retry: 1000\n\nretry: soon\n\nretry: 99999999999\n\nretry:5\n\n").retries).toEqual([1000, 5]);
  });

  it("gives the same however the bytes are cut, characters of several bytes and a mark at the start included", () => {
    const text = "\uFEFFid: e.0\r\nevent: text\r\ndata: größe 🛰\r\ndata: µ\n\r\ndata: x\r\r: c\n\ndata: y\n\n";
    const whole = parse(text).events;
    expect(whole.map(({ data }) => data)).toEqual(["größe 🛰\nµ", "x", "y"]);
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), (size) => {
      expect(parse(text, size).events).toEqual(whole);
    }));
  });

  it("takes no more than the bound, in one line or in many, and begins to count anew with each event", () => {
    expect(parse(`data: ${"x".repeat(994)}\n\ndata: ${"x".repeat(994)}\n\n`, 100).events.length).toBe(2);
    expect(parse(`data: ${"x".repeat(995)}\n\n`, 100).isTaken).toBe(false);
    expect(parse("data: xxxx\n".repeat(200), 100).isTaken).toBe(false);
    expect(parse(`${"x".repeat(2_000)}`, 100).isTaken).toBe(false);
    expect(parse(": comment\n".repeat(2_000), 100).isTaken).toBe(true);
  });
});
