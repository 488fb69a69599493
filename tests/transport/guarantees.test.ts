import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  allComplianceCases,
  type ComplianceAbility,
  complianceCases,
  guarantees,
} from "../../transport/compliance/mod.ts";

const port = new URL("../../transport/", import.meta.url);

/** Interfaces whose members only carry options or the fields of an error: they promise nothing by themselves. */
const carriers = ["JoinErrorFields", "StreamErrorFields", "TrackErrorFields"];

/** Every interface of the port with its members, as its sources have them. */
function membersOfThePort(): ReadonlyArray<string> {
  return readdirSync(port).filter((file) => file.endsWith(".ts")).flatMap((file) => {
    const source = readFileSync(new URL(file, port), "utf8");
    return [...source.matchAll(/export interface (\w+) \{\n([\s\S]*?)\n\}/g)].flatMap(([, name = "", body = ""]) =>
      carriers.includes(name)
        ? []
        : [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, member = ""]) => `${name}.${member}`)
    );
  });
}

describe("the table of the port's guarantees", () => {
  it("has every member of the port", () => {
    const members = membersOfThePort();
    expect(members.length).toBeGreaterThan(40);
    const inTable = new Set(guarantees.map(({ member }) => member));
    expect(members.filter((member) => !inTable.has(member))).toEqual([]);
  });

  it("names no member that the port does not have", () => {
    const members = new Set(membersOfThePort().flatMap((member) => [member, member.split(".")[0]]));
    expect(guarantees.filter(({ member }) => !members.has(member))).toEqual([]);
  });

  it("names a case for every guarantee, or says why there is none", () => {
    const bare = guarantees.filter(({ cases, unchecked }) => (cases.length === 0) === (unchecked === undefined));
    expect(bare).toEqual([]);
  });

  it("names only cases that exist", () => {
    const names = new Set(allComplianceCases.map(({ name }) => name));
    expect(guarantees.flatMap(({ cases }) => cases).filter((name) => !names.has(name))).toEqual([]);
  });

  it("has every case, at the member that the case says it shows", () => {
    const missing = allComplianceCases.filter(({ name, member }) =>
      !guarantees.some((guarantee) => guarantee.member === member && guarantee.cases.includes(name))
    );
    expect(missing.map(({ name, member }) => `${member}: ${name}`)).toEqual([]);
  });
});

const abilities: ReadonlyArray<ComplianceAbility> = [
  "peers",
  "dataTracks",
  "datagrams",
  "backpressure",
  "remove",
  "quality",
  "refuse",
];

describe("the list of cases", () => {
  it("has no name twice", () => {
    const names = allComplianceCases.map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("leaves out what a transport cannot do and where it is known to deviate", () => {
    const all = complianceCases({ abilities });
    expect(all).toEqual(allComplianceCases);
    const name = "interrupting a read loses no bytes";
    const some = complianceCases({ abilities: ["backpressure"], deviations: { [name]: "it does" } });
    expect(some.some((one) => one.needs.includes("dataTracks") || one.name === name)).toBe(false);
    expect(some.some((one) => one.needs.includes("backpressure"))).toBe(true);
  });

  it("has, for a star, cases with either end as the host, and none for guests among themselves", () => {
    const star = complianceCases({ abilities: abilities.filter((ability) => ability !== "peers") });
    const names = star.map(({ name }) => name);
    expect(names).toContain("interrupting a read loses no bytes");
    expect(names).toContain("interrupting a read loses no bytes (the host is the receiver)");
    expect(names).not.toContain("everybody in the room is told of everybody else");
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
    const deviations = { "interrupting a read loses no bytes (the host is the receiver)": "it does" };
    expect(complianceCases({ abilities: [], deviations }).map(({ name }) => name)).toContain(
      "interrupting a read loses no bytes",
    );
  });

  it("refuses a deviation from a case that does not exist", () => {
    expect(() => complianceCases({ abilities: [], deviations: { "no such case": "why" } })).toThrow(
      'Cannot leave out a case that does not exist: received "no such case"',
    );
  });
});
