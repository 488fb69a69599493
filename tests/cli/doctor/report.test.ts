import { describe, expect, it } from "vitest";
import { checkLines, type DoctorCheck, failedOnes, reportJson } from "../../../cli/doctor/report.ts";

const well: DoctorCheck = { name: "run-time", state: "ok", detail: "Node 26" };
const unwell: DoctorCheck = {
  name: "server",
  state: "failed",
  detail: "no answer\x1b[2J",
  advice: "start it",
  figures: { answerMs: 5 },
};

describe("what the doctor says", () => {
  it("is a line for each check, with what to do below it", () => {
    expect(checkLines(well)).toEqual(["ok    run-time     Node 26"]);
    expect(checkLines(unwell)).toEqual([
      "fail  server       no answer\\u001b[2J",
      "                   -> start it",
    ]);
    expect(checkLines({ ...well, name: "device", state: "warning" })).toEqual(["warn  device       Node 26"]);
  });

  it("is one JSON object for programs, well unless something has failed", () => {
    expect(JSON.parse(reportJson([well, unwell]))).toEqual({ isWell: false, checks: [well, unwell] });
    expect(JSON.parse(reportJson([well, { ...unwell, state: "warning" }])).isWell).toBe(true);
    expect(failedOnes([well, unwell])).toEqual(["server"]);
  });
});
