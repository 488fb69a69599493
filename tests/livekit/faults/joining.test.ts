import { describe, expect, it } from "vitest";
import { Viewer } from "../../../mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import { freshRoom, suiteServer, transport } from "../../support/livekit/suite.ts";
import { SignalProxy } from "./support/proxy.ts";
import { PATIENCE } from "./support/waiting.ts";

/** Whether a connection is asked to be resumed, or why that did not come about. */
function isResuming(request: string): boolean {
  return /[?&]reconnect=1/.test(request) || request.includes("/validate");
}

/** A viewer's way into a room through a proxy; livekit-client itself would wait for all of a test's time. */
function through(proxy: SignalProxy): Transport {
  return transport(freshRoom(), "viewer", {
    server: { ...suiteServer(), url: proxy.url },
    livekit: { logLevel: "silent", connectTimeoutMs: 3 * PATIENCE, limits: { resumeTimeoutMs: 1 } },
  });
}

const limits = { joinTimeoutMs: 2 * PATIENCE };

describe("a connection that the server lets in and that is lost before it stands", () => {
  it("is made once more", async () => {
    await using proxy = await SignalProxy.start(Number(new URL(suiteServer().url).port));
    let joins = 0;
    proxy.set((request) => {
      if (isResuming(request)) return "shut";
      joins += 1;
      return joins === 1 ? "first-words" : "open";
    });
    await using viewer = await Viewer.connect(through(proxy), { limits });
    expect([viewer.status, joins]).toEqual(["connected", 2]);
  });

  it("and is lost again when it is made once more fails the join, though there is time left", async () => {
    await using proxy = await SignalProxy.start(Number(new URL(suiteServer().url).port));
    let joins = 0;
    proxy.set((request) => {
      if (isResuming(request)) return "shut";
      joins += 1;
      return "first-words";
    });
    await expect(Viewer.connect(through(proxy), { limits })).rejects.toMatchObject({
      reason: "unreachable",
      detail: "the connection was lost again before it stood",
    });
    expect(joins).toBe(2);
  });
});
