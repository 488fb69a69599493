/**
 * Our gateway with viewers of other people's making: how they come and go.
 */
import { describe, expect, it } from "vitest";
import { observer } from "../../mod.ts";
import { channelId } from "./support/advertised.ts";
import { base64, textOf } from "./support/bytes.ts";
import { useStages } from "./support/company.ts";
import { eventually } from "./support/stage.ts";

const stage = useStages();

describe("our gateway, with a viewer of other people's making that comes and goes,", () => {
  it("hears of one that says nothing of itself, too, a little later", async () => {
    await using room = stage();
    const gateway = await room.gateway(room.context());
    const viewer = await room.peerViewer({ version: "none", plain: true });
    await viewer.text("serverInfo", { name: "rover" });
    expect(gateway.viewers).toMatchObject([{ client: { identity: viewer.identity }, protocolVersion: "2.2.0" }]);
  });

  it("is found when it comes after the viewer", async () => {
    await using room = stage();
    const viewer = await room.peerViewer();
    await room.gateway(room.context());
    await viewer.text("serverInfo", { name: "rover" });
  });

  it("starts anew with one that is too slow, on a fresh stream, and lets the other be", async () => {
    await using room = stage();
    const context = room.context();
    const flood = context.channel({ topic: "/flood", encoding: "text", qos: "reliable" });
    const calm = context.channel({ topic: "/calm", encoding: "text", qos: "reliable" });
    const changes: Array<string> = [];
    const gateway = await room.gateway(context, {
      limits: { queueFrames: 64 },
      onPresence: ({ client }, change) => changes.push(`${client.identity} ${change}`),
    });
    const slow = await room.peerViewer({ subscribe: true });
    const other = await room.peerViewer();
    await other.text("advertise");
    await other.subscribe(calm.id);
    await eventually("subscriptions", () => gateway.viewers.map(({ topics }) => topics.length).join() === "2,1");
    // More than may wait, in one go: nobody could have read any of it meanwhile.
    for (let n = 0; n < 100; n += 1) flood.log(`${n}`);
    await slow.until({ event: "control", control: 2 });
    await slow.until({ event: "control_end", control: 1 });
    await eventually("both subscriptions again", () => gateway.viewers.some(({ topics }) => topics.length === 2));
    const fresh = slow.all({ event: "text", control: 2 });
    expect(fresh.map(({ op }) => op).slice(0, 2)).toEqual(["serverInfo", "advertise"]);
    flood.log("after");
    await slow.until({ event: "message", control: 2, data: base64("after") });
    expect(slow.all({ event: "message", control: 2 }).map(textOf)).toEqual(["after"]);
    calm.log("undisturbed");
    await other.until({ event: "message", control: 1, data: base64("undisturbed") });
    expect(changes).toEqual([
      `${slow.identity} joined`,
      `${other.identity} joined`,
      `${slow.identity} left`,
      `${slow.identity} joined`,
    ]);
  });

  it("forgets one that has left, and knows nothing of it when it comes back", async () => {
    await using room = stage();
    const context = room.context();
    const pose = context.channel({ topic: "/pose", encoding: "text", qos: "reliable" });
    const events: Array<string> = [];
    const gateway = await room.gateway(context, {
      onSubscribe: ({ id }) => events.push(`+ ${id}`),
      onUnsubscribe: ({ id }) => events.push(`- ${id}`),
    });
    const viewer = await room.peerViewer();
    await viewer.subscribe(channelId(await viewer.text("advertise"), "/pose"));
    await eventually("a subscription", () => events.length === 1);
    await viewer.leave();
    await eventually("the end", () => gateway.viewers.length === 0 && events.length === 2);
    const after = viewer.mark;
    await viewer.join();
    await viewer.text("advertise", {}, { after });
    expect(gateway.viewers).toMatchObject([{ topics: [] }]);
    pose.log("for nobody");
    await viewer.subscribe(pose.id);
    await eventually("the second subscription", () => events.length === 3);
    pose.log("for it");
    await viewer.until({ event: "message" }, { after });
    expect(viewer.all({ event: "message" }).map(textOf)).toEqual(["for it"]);
    expect(new Set(events.map((event) => event.slice(2))).size).toBe(2);
  });

  it("goes on with one whose signal connection was cut, and nothing is lost", async () => {
    await using room = stage();
    const context = room.context();
    const log = context.channel({ topic: "/log", encoding: "text", qos: "reliable" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    let count = 0;
    const timer = setInterval(() => log.log(`${count++}`), 10);
    await viewer.do({ do: "reconnect", kind: "signal" });
    await viewer.until({ event: "reconnected" });
    clearInterval(timer);
    await viewer.until({ event: "message" }, { count });
    expect(viewer.all({ event: "message" }).map(textOf)).toEqual(Array.from({ length: count }, (_, n) => `${n}`));
    expect(viewer.all({ event: "control" })).toHaveLength(1);
  });

  it("starts anew with one that had to connect anew", async () => {
    await using room = stage();
    const context = room.context();
    const log = context.channel({ topic: "/log", encoding: "text", qos: "reliable" });
    const gateway = await room.gateway(context);
    const viewer = await room.peerViewer({ subscribe: true });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    const [before] = gateway.viewers;
    const after = viewer.mark;
    await viewer.do({ do: "reconnect", kind: "full" });
    await viewer.until({ event: "reconnected" }, { after });
    await viewer.text("serverInfo", {}, { after });
    const isBack = () =>
      gateway.viewers.some(({ client, topics }) => client.id !== before!.client.id && topics.length === 1);
    await eventually("another subscription", isBack, () => JSON.stringify(gateway.viewers));
    log.log("hello again");
    await viewer.until({ event: "message", data: base64("hello again") }, { after });
    expect(gateway.viewers).toHaveLength(1);
  });

  it("tells one why it is not let in, and another why it may not do something", async () => {
    await using room = stage();
    const context = room.context();
    const log = context.channel({ topic: "/log", encoding: "text", qos: "reliable" });
    const gateway = await room.gateway(context, {
      authorize: ({ identity }) => identity === "peer-1" ? "refused" : observer,
      onMessageData: () => {},
    });
    const refused = await room.peerViewer();
    await refused.until({ event: "control_end", left: 0, error: null });
    expect(refused.all({ event: "text" })).toMatchObject([{ op: "status", message: { level: 2 } }]);
    const viewer = await room.peerViewer({ subscribe: true });
    await eventually("a subscription", () => gateway.viewers[0]?.topics.length === 1);
    await viewer.send({ op: "advertise", channels: [{ id: 1, topic: "/cmd", encoding: "json", schemaName: "" }] });
    await viewer.text("status", { level: 2, message: (text) => String(text).includes("/cmd") });
    log.log("to look at");
    await viewer.until({ event: "message", data: base64("to look at") });
  });
});
