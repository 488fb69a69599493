import { describe, expect, it } from "vitest";
import { Roster } from "../../../adapters/livekit/roster.ts";
import { info } from "./support/packets.ts";

/** A roster, and what it tells, one line each. */
function make(): { roster: Roster; told: Array<string> } {
  const told: Array<string> = [];
  const tell = (what: string) => (participant: { sid: string; attributes: ReadonlyMap<string, string> }): void => {
    const attributes = [...participant.attributes].map(([name, value]) => ` ${name}=${value}`).join("");
    told.push(`${what} ${participant.sid}${attributes}`);
  };
  const roster = new Roster({
    active: tell("active"),
    disconnected: tell("gone"),
    attributesChanged: tell("changed"),
  });
  return { roster, told };
}

describe("a roster", () => {
  it("tells of a participant once it is active, with its attributes and when it joined", () => {
    const { roster, told } = make();
    roster.update(info({ state: "joining" }));
    roster.update(info({ state: "joined" }));
    expect([roster.all(), roster.get("ana"), told]).toEqual([[], undefined, []]);
    roster.update(info({ joinedAtMs: 1_700_000_000_123, attributes: { protocolVersion: "2.3.0" } }));
    roster.update(info({ joinedAtMs: 1_700_000_000_123, attributes: { protocolVersion: "2.3.0" }, version: 2 }));
    expect(told).toEqual(["active ana-1 protocolVersion=2.3.0"]);
    expect(roster.all()).toEqual([{
      identity: "ana",
      sid: "ana-1",
      joinedAt: 1_700_000_000_123,
      attributes: new Map([["protocolVersion", "2.3.0"]]),
    }]);
    expect(roster.get("ana")).toBe(roster.all()[0]);
    expect([roster.has("ana", "ana-1"), roster.has("ana", "ana-2"), roster.has("bo", "ana-1")])
      .toEqual([true, false, false]);
  });

  it("takes the seconds of servers that know no milliseconds", () => {
    const { roster } = make();
    roster.update(info({ joinedAt: 1_700_000_000 }));
    expect(roster.get("ana")?.joinedAt).toBe(1_700_000_000_000);
  });

  it("tells of a new instance behind the old one's end", () => {
    const { roster, told } = make();
    roster.update(info({ joinedAtMs: 1000 }));
    roster.update(info({ state: "disconnected" }));
    roster.update(info({ sid: "ana-2", joinedAtMs: 2000 }));
    expect(told).toEqual(["active ana-1", "gone ana-1", "active ana-2"]);
  });

  it("takes the place of an instance whose end it has not heard of, and passes over that end", () => {
    const { roster, told } = make();
    roster.update(info({ joinedAtMs: 1000 }));
    roster.update(info({ sid: "ana-2", joinedAtMs: 1000 }));
    expect(told).toEqual(["active ana-1", "gone ana-1", "active ana-2"]);
    const late = info({ state: "disconnected" });
    expect(roster.isSuperseded(late)).toBe(true);
    roster.update(late);
    expect([told.length, roster.get("ana")?.sid]).toEqual([3, "ana-2"]);
  });

  it("is right when it tells: a new instance is there by the time that the old one's end is told", () => {
    const seen: Array<string | undefined> = [];
    const look = (): void => void seen.push(roster.get("ana")?.sid);
    const roster: Roster = new Roster({ active: look, disconnected: look, attributesChanged: look });
    roster.update(info({ joinedAtMs: 1000 }));
    roster.update(info({ sid: "ana-2", joinedAtMs: 2000 }));
    roster.update(info({ sid: "ana-2", state: "disconnected" }));
    expect(seen).toEqual(["ana-1", "ana-2", "ana-2", undefined]);
  });

  it("does not go back to an older instance", () => {
    const { roster, told } = make();
    roster.update(info({ sid: "ana-2", joinedAtMs: 2000 }));
    roster.update(info({ sid: "ana-1", joinedAtMs: 1999 }));
    expect([told, roster.get("ana")?.sid]).toEqual([["active ana-2"], "ana-2"]);
  });

  it("does not take an instance in again that has left or lost its place", () => {
    const { roster, told } = make();
    roster.update(info({ joinedAtMs: 1000 }));
    roster.update(info({ sid: "ana-2", joinedAtMs: 1000 }));
    roster.update(info({ sid: "ana-2", state: "disconnected" }));
    roster.update(info({ sid: "ana-2", joinedAtMs: 1000 }));
    roster.update(info({ joinedAtMs: 1000 }));
    expect([told, roster.all()]).toEqual([["active ana-1", "gone ana-1", "active ana-2", "gone ana-2"], []]);
  });

  it("counts an end only where the instance was active: others are nobody's news", () => {
    const { roster, told } = make();
    const end = info({ state: "disconnected" });
    expect(roster.isSuperseded(end)).toBe(false);
    roster.update(end);
    roster.update(info({ identity: "bo" }));
    expect(roster.isSuperseded(info({ identity: "bo", state: "disconnected" }))).toBe(false);
    expect(roster.isSuperseded(info({ identity: "bo", sid: "bo-2" }))).toBe(false);
    expect(told).toEqual(["active bo-1"]);
  });

  it("tells of attributes that have changed, with a new participant, and of nothing else that has", () => {
    const { roster, told } = make();
    roster.update(info({ attributes: { a: "1", b: "2" } }));
    const before = roster.get("ana");
    roster.update(info({ attributes: { b: "2", a: "1" }, version: 2 }));
    expect(roster.get("ana")).toBe(before);
    roster.update(info({ attributes: { a: "1" }, version: 3 }));
    roster.update(info({ attributes: { a: "2" }, version: 4 }));
    roster.update(info({ attributes: { b: "2" }, version: 5 }));
    expect(told).toEqual(["active ana-1 a=1 b=2", "changed ana-1 a=1", "changed ana-1 a=2", "changed ana-1 b=2"]);
    expect([...before?.attributes ?? []]).toEqual([["a", "1"], ["b", "2"]]);
  });

  it("passes over news that are older than what it knows, even where nothing had changed", () => {
    const { roster, told } = make();
    roster.update(info({ attributes: { a: "1" }, version: 1 }));
    roster.update(info({ attributes: { a: "1" }, version: 3 }));
    roster.update(info({ attributes: { a: "0" }, version: 2 }));
    expect(told).toEqual(["active ana-1 a=1"]);
    roster.update(info({ attributes: { a: "4" }, version: 4 }));
    roster.update(info({ attributes: { a: "3" }, version: 3 }));
    expect(told).toEqual(["active ana-1 a=1", "changed ana-1 a=4"]);
  });

  it("takes names of attributes for names, whatever they are", () => {
    const { roster, told } = make();
    const attributes: Record<string, string> = JSON.parse(`{ "__proto__": "1", "constructor": "2" }`);
    roster.update(info());
    roster.update(info({ attributes, version: 2 }));
    expect(told).toEqual(["active ana-1", "changed ana-1 __proto__=1 constructor=2"]);
  });

  it("forgets everybody, telling nothing", () => {
    const { roster, told } = make();
    roster.update(info());
    roster.clear();
    expect([roster.all(), roster.has("ana", "ana-1"), told]).toEqual([[], false, ["active ana-1"]]);
  });
});
