import { describe, expect, it } from "vitest";
import { accessToken, livekit, type LiveKitOptions } from "../../../adapters/livekit/mod.ts";
import { Context, Gateway, Viewer } from "../../../mod.ts";
import type { Transport } from "../../../transport/mod.ts";
import { freePorts } from "../../support/livekit/ports.ts";
import { LiveKitServer } from "../../support/livekit/server.ts";
import { PATIENCE, until } from "./support/waiting.ts";

/** A server that relays, too, and names itself as the one to relay. */
async function relayingServer(): Promise<LiveKitServer> {
  const turn = {
    enabled: true,
    domain: "localhost",
    udp_port: (await freePorts()).udp,
    bind_addresses: ["127.0.0.1"],
    // To this host is not allowed otherwise.
    allow_restricted_peer_cidrs: ["127.0.0.0/8"],
  };
  return await LiveKitServer.start({ config: { turn } });
}

function relayed({ address }: LiveKitServer, identity: string, more: Partial<LiveKitOptions> = {}): Transport {
  const { url, apiKey, apiSecret } = address;
  const token = () => accessToken({ apiKey, apiSecret, room: "relay", identity });
  return livekit({ url, token, iceTransportPolicy: "relay", logLevel: "silent", ...more });
}

describe("with connections through a relay only", () => {
  it("all goes by the TURN server that the server names: reliable messages and lossy ones", async () => {
    await using server = await relayingServer();
    const context = new Context();
    const count = context.channel({ topic: "/count", encoding: "text", qos: "reliable" });
    const scan = context.channel({ topic: "/scan", encoding: "text", qos: "lossy" });
    const transport = relayed(server, "device", { connectTimeoutMs: PATIENCE / 2 });
    await using gateway = await Gateway.start({ name: "rover", context, transport });
    await using viewer = await Viewer.connect(relayed(server, "viewer", { connectTimeoutMs: PATIENCE / 2 }));
    const [counts, scans]: [Array<string>, Array<string>] = [[], []];
    viewer.subscribe("/count").onMessage((message) => counts.push(message.text()));
    viewer.subscribe("/scan").onMessage((message) => scans.push(message.text()));
    await until("it is subscribed", () => gateway.viewers[0]?.topics.length === 2);
    for (let number = 0; number < 100; number++) count.log(`${number}`);
    await until("all have come", () => counts.length === 100);
    expect(counts).toEqual(Array.from({ length: 100 }, (_, number) => `${number}`));
    await until("lossy messages come", () => {
      scan.log("x".repeat(1_000));
      return scans.length > 3;
    });
    // What the server has heard of where they can be reached.
    expect(server.log).toContain(" relay ");
    expect(server.log).not.toMatch(/\[remote\][^"]* host /);
  });

  it("there is no connection where the servers given relay nothing: they stand in for those that the server names", async () => {
    await using server = await relayingServer();
    // The signal connection has the same time, and has to stand: where it does not, that is a "timeout".
    const transport = relayed(server, "viewer", { iceServers: [], connectTimeoutMs: 6_000 });
    await expect(Viewer.connect(transport)).rejects.toMatchObject({ _tag: "JoinError", reason: "unreachable" });
  });
});
