/**
 * A device, a viewer and all panels, on one page.
 */
import { render, type VNode } from "preact";
import { useState } from "preact/hooks";
import { LoopbackHub } from "../../../../adapters/loopback/mod.ts";
import { type ChannelInfo, Context, Gateway, Viewer } from "../../../../mod.ts";
import { Feeds } from "../../../../web/feed.ts";
import { type PanelKind, panelNames } from "../../../../web/panels/kinds.ts";
import { PanelView } from "../../../../web/panels/panel.tsx";
import { sceneCompanions } from "../../../../web/panels/scene/companions.ts";
import { RecordButton } from "../../../../web/record/record_button.tsx";
import { Recorder } from "../../../../web/record/recorder.ts";
import { makeDevice } from "./device.ts";

const shown: ReadonlyArray<readonly [string, PanelKind]> = [
  ["/rover/pose", "scene"],
  ["/rover/imu", "plot"],
  ["/log", "log"],
  ["/rover/scan", "tree"],
  ["/camera/raw", "image"],
  ["/camera/compressed", "image"],
  ["/camera/huge", "image"],
  ["/counter/ros1", "tree"],
  ["/counter/protobuf", "tree"],
  ["/counter/ros1", "plot"],
  ["/unknown", "tree"],
  ["/broken", "tree"],
];

const topics: ReadonlySet<string> = new Set(shown.map(([topic]) => topic));
const recorder = new Recorder();

function Page({ channels, feeds }: { channels: ReadonlyArray<ChannelInfo>; feeds: Feeds }): VNode {
  return (
    <>
      <header>
        <RecordButton recorder={recorder} channels={channels} feeds={feeds} shown={topics} device="rover" />
      </header>
      {shown.map(([topic, kind]) => (
        <Frame key={`${topic} ${kind}`} topic={topic} kind={kind} channels={channels} feeds={feeds} />
      ))}
    </>
  );
}

interface FrameProps {
  topic: string;
  kind: PanelKind;
  channels: ReadonlyArray<ChannelInfo>;
  feeds: Feeds;
}

function Frame({ topic, kind, channels, feeds }: FrameProps): VNode {
  const [isOpen, setOpen] = useState(true);
  const [isPaused, setPaused] = useState(false);
  const channel = channels.find((one) => one.topic === topic)!;
  const all = kind === "scene" ? [channel, ...sceneCompanions(channel, channels)] : [channel];
  const name = `${panelNames[kind]} of ${topic}`;
  return (
    <section aria-label={name}>
      <h2>
        {name}
        <button type="button" onClick={() => setPaused(!isPaused)}>Pause</button>
        <button type="button" onClick={() => setOpen(!isOpen)}>Close</button>
      </h2>
      <div>
        {isOpen && <PanelView kind={kind} feeds={all.map((one) => feeds.of(one))} isPaused={isPaused} />}
      </div>
    </section>
  );
}

const hub = new LoopbackHub();
const context = new Context();
makeDevice(context);
await Gateway.start({ name: "rover", context, transport: hub.transport({ identity: "rover" }) });
const viewer = await Viewer.connect(hub.transport({ identity: "viewer" }));
const feeds = new Feeds(viewer);
while (![...topics].every((topic) => [...viewer.channels.values()].some((one) => one.topic === topic))) {
  await new Promise((resolve) => setTimeout(resolve, 10));
}
Object.assign(globalThis, { listenedTo: () => [...feeds.listenedTo].length });
render(<Page channels={[...viewer.channels.values()]} feeds={feeds} />, document.getElementById("app")!);
