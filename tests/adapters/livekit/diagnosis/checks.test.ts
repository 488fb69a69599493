import { describe, expect, it } from "vitest";
import { bytes, figures, milliseconds } from "../../../../adapters/livekit/diagnosis/check.ts";
import { clockCheck } from "../../../../adapters/livekit/diagnosis/clock.ts";
import { pathCheck, selectedPath } from "../../../../adapters/livekit/diagnosis/path.ts";
import { runTimeCheck } from "../../../../adapters/livekit/diagnosis/run_time.ts";
import { serverCheck } from "../../../../adapters/livekit/diagnosis/server.ts";

type Entries = ReadonlyArray<readonly [string, Readonly<Record<string, unknown>>]>;

/** A report with a pair of candidates, which the transport uses. */
function report(
  local: Readonly<Record<string, unknown>>,
  remote: Readonly<Record<string, unknown>>,
  pair: Readonly<Record<string, unknown>> = {},
): Entries {
  return [
    ["other", { type: "candidate-pair", state: "succeeded", localCandidateId: "x", remoteCandidateId: "y" }],
    ["pair", { type: "candidate-pair", state: "succeeded", localCandidateId: "l", remoteCandidateId: "r", ...pair }],
    ["l", { type: "local-candidate", candidateType: "host", ...local }],
    ["r", { type: "remote-candidate", candidateType: "host", address: "10.0.0.1", port: 7882, ...remote }],
    ["t", { type: "transport", selectedCandidatePairId: "pair" }],
  ];
}

describe("the way that packets take", () => {
  it("is that of the pair that the transport uses", () => {
    const path = selectedPath(report({ protocol: "udp" }, { protocol: "udp" }, { currentRoundTripTime: 0.012 }));
    expect(path).toEqual({ protocol: "udp", isRelayed: false, remote: "10.0.0.1:7882", roundTripMs: 12 });
    expect(pathCheck(path)).toEqual({
      name: "path",
      state: "ok",
      detail: "UDP to 10.0.0.1:7882, round trip 12 ms",
      figures: { protocol: "udp", relayed: "false", remote: "10.0.0.1:7882", roundTripMs: 12 },
    });
  });

  it("is that of the pair in use where no transport tells of it, and not known where none is", () => {
    const entries = report({ protocol: "tcp" }, { protocol: "tcp" }, { nominated: true }).slice(0, -1);
    expect(selectedPath(entries)?.protocol).toBe("tcp");
    expect(selectedPath(entries.filter(([id]) => id !== "pair"))).toBeUndefined();
    expect(selectedPath([])).toBeUndefined();
    expect(pathCheck(undefined)).toMatchObject({ state: "warning" });
  });

  it("is worth a warning where it is TCP, or a detour", () => {
    const tcp = pathCheck(selectedPath(report({ protocol: "tcp" }, { protocol: "tcp" })));
    expect(tcp).toMatchObject({ state: "warning", detail: "TCP to 10.0.0.1:7882" });
    expect(tcp.advice).toContain("let UDP through");
    const relayed = { protocol: "udp", candidateType: "relay" };
    for (const relayProtocol of ["tcp", "tls"]) {
      const path = selectedPath(report({ ...relayed, relayProtocol }, { protocol: "udp" }));
      expect(path).toMatchObject({ protocol: "tcp", isRelayed: true });
    }
    const detour = pathCheck(selectedPath(report({ ...relayed, relayProtocol: "udp" }, { protocol: "udp" })));
    expect(detour).toMatchObject({ state: "warning", detail: "UDP to 10.0.0.1:7882, through TURN" });
  });
});

describe("the server's clock", () => {
  it("is as far away as the middle of what was seen, give or take half of it", () => {
    expect(clockCheck(10_500, 10_000, 10_200)).toEqual({
      name: "clock",
      state: "ok",
      detail: "the server's clock is 400 ms ahead of this one, ± 100 ms",
      figures: { offsetMs: 400, boundMs: 100 },
    });
    expect(clockCheck(10_100, 10_100, 10_100).detail).toContain("± 1 ms");
  });

  it("is worth a warning only where it is surely more than a second away", () => {
    expect(clockCheck(11_150, 10_000, 10_200).state).toBe("ok");
    expect(clockCheck(11_250, 10_000, 10_200)).toMatchObject({ state: "warning" });
    expect(clockCheck(5_000, 10_000, 10_200)).toMatchObject({
      state: "warning",
      detail: "the server's clock is 5100 ms behind this one, ± 100 ms",
    });
  });
});

describe("the run-time", () => {
  const WebSocket = class {};

  it("is told by what it says of itself", () => {
    expect(runTimeCheck({ process: { versions: { node: "22.1.0" } }, WebSocket })).toEqual({
      name: "run-time",
      state: "ok",
      detail: "Node 22.1.0",
    });
    // Both of the others say that they are Node as well.
    const process = { versions: { node: "26.0.0" } };
    expect(runTimeCheck({ Deno: { version: { deno: "2.9.5" } }, process, WebSocket }).detail).toBe("Deno 2.9.5");
    expect(runTimeCheck({ Bun: { version: "1.4.5" }, process, WebSocket }).detail).toBe("Bun 1.4.5");
    expect(runTimeCheck({ navigator: { userAgent: "Browser/1.0" }, WebSocket }).detail).toBe("Browser/1.0");
    expect(runTimeCheck()).toMatchObject({ state: "ok" });
  });

  it("has failed where it is too old", () => {
    expect(runTimeCheck({ process: { versions: { node: "20.20.2" } } })).toMatchObject({
      state: "failed",
      detail: "Node 20.20.2 is too old",
    });
    expect(runTimeCheck({})).toMatchObject({ state: "failed", detail: "unknown has no WebSocket" });
  });
});

describe("figures", () => {
  it("are to a hundredth, and only of what is known", () => {
    expect(figures({ a: 1.23456, b: undefined, c: "x" })).toEqual({ figures: { a: 1.23, c: "x" } });
    expect([milliseconds(1.26), milliseconds(12.6), bytes(65535), bytes(65536)])
      .toEqual(["1.3 ms", "13 ms", "65535 bytes", "64 KiB"]);
  });
});

describe("a server's address", () => {
  it("that is none has failed, and nothing of it is told", async () => {
    for (const wrong of ["hidden", "ftp://user:hidden@example.org/hidden", ""]) {
      const check = await serverCheck(wrong, new AbortController().signal);
      expect(check).toMatchObject({ name: "server", state: "failed", detail: expect.stringContaining("ws://") });
      expect(JSON.stringify(check)).not.toContain("hidden");
    }
  });
});
