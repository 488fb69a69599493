/**
 * What starts the peers: none is left behind, and what was seen is told when what was waited for does not come.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findInteropPython } from "../../scripts/interop_python.ts";
import { PeerProcess } from "./support/peer_process.ts";
import { eventually } from "./support/stage.ts";

describe("a peer", () => {
  it("ends with the process that has started it, however that ends", async () => {
    const module = new URL("./support/peer_process.ts", import.meta.url).href;
    const script = `
      const { PeerProcess } = await import(${JSON.stringify(module)});
      const peer = await PeerProcess.start(${JSON.stringify(await findInteropPython())}, "peer_viewer.py");
      console.log(peer.pid);
      setInterval(() => {}, 1_000);
    `;
    const starter = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let pid = 0;
    try {
      const [printed] = await once(starter.stdout, "data");
      pid = Number(String(printed));
      expect(isRunning(pid)).toBe(true);
    } finally {
      starter.kill("SIGKILL");
    }
    await eventually("the end of the peer", () => !isRunning(pid));
  });

  it("that ends tells what it has seen to whoever waits for more", async () => {
    const peer = await PeerProcess.start(await findInteropPython(), "peer_gateway.py");
    const waiting = peer.until({ event: "something else" });
    const failed = expect(waiting).rejects.toThrow(
      /has ended; it has told 0 of 1 events .*"something else"[^]*"ready"/,
    );
    await peer.kill();
    await failed;
    await expect(peer.do({ do: "nothing", device: "a" })).rejects.toThrow("has ended");
  });

  it("that cannot do something says so", async () => {
    await using peer = await PeerProcess.start(await findInteropPython(), "peer_gateway.py");
    await expect(peer.do({ do: "dance", device: "a" })).rejects.toThrow(
      "peer_gateway.py could not dance: AttributeError",
    );
    await peer.until({ event: "failed", id: 0 });
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  try {
    // One that has ended and that nobody has asked for its end still has its number.
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
