/**
 * The frame of a panel: what it shows, how, and whether it goes on.
 */
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import type { ChannelInfo } from "../../mod.ts";
import { type PanelKind, panelNames, panelsFor } from "../panels/kinds.ts";
import { PanelView } from "../panels/panel.tsx";
import type { Panel } from "../state/workspace.ts";
import { useParts } from "./context.tsx";
import { Empty, IconButton } from "./controls.tsx";

/** A panel in its frame. */
export function PanelFrame({ panel }: { readonly panel: Panel }): VNode {
  const { model } = useParts();
  const { workspace } = model;
  const byTopic = model.channels.byTopic.value;
  const channels = panel.topics.flatMap((topic) => byTopic.get(topic) ?? []);
  const isMaximized = workspace.maximized.value === panel.id;
  const title = panel.topics.join(", ");
  return (
    <section
      class="panel"
      data-kind={panel.kind}
      data-paused={panel.isPaused}
      aria-label={`${panelNames[panel.kind]}: ${title}`}
    >
      <header class="panel-head">
        <h2 class="panel-title" title={panel.topics.join("\n")}>
          {panel.topics.length > 1 ? <Topics topics={panel.topics} /> : title}
        </h2>
        <KindChoice panel={panel} channel={channels[0]} />
        <IconButton
          icon={panel.isPaused ? "play" : "pause"}
          label={panel.isPaused ? "Go on" : "Pause"}
          isPressed={panel.isPaused}
          onClick={() => workspace.pause(panel.id, !panel.isPaused)}
        />
        <IconButton
          icon={isMaximized ? "shrink" : "expand"}
          label={isMaximized ? "Show all panels" : "Show only this panel"}
          onClick={() => workspace.maximize(isMaximized ? undefined : panel.id)}
        />
        <IconButton icon="close" label="Close" onClick={() => workspace.close(panel.id)} />
      </header>
      <div class="panel-body">
        {channels.length === 0
          ? <Empty icon="channels" title="Not offered">{`The device does not offer ${title} now.`}</Empty>
          : <Content panel={panel} channels={channels} />}
      </div>
    </section>
  );
}

function Topics({ topics }: { readonly topics: ReadonlyArray<string> }): VNode {
  return (
    <>
      {topics[0]}
      <span class="chip">{`+${topics.length - 1}`}</span>
    </>
  );
}

function KindChoice(
  { panel, channel }: { readonly panel: Panel; readonly channel: ChannelInfo | undefined },
): VNode | null {
  const { workspace } = useParts().model;
  const kinds = channel === undefined ? [panel.kind] : panelsFor(channel);
  if (kinds.length < 2 || panel.topics.length > 1) return null;
  return (
    <select
      class="kind"
      aria-label="Show as"
      title="Show as"
      value={panel.kind}
      onChange={(event) => {
        const kind = kinds.find((one) => one === event.currentTarget.value);
        if (kind !== undefined) workspace.setKind(panel.id, kind);
      }}
    >
      {kinds.map((kind: PanelKind) => <option key={kind} value={kind}>{panelNames[kind]}</option>)}
    </select>
  );
}

function Content({ panel, channels }: { readonly panel: Panel; readonly channels: ReadonlyArray<ChannelInfo> }): VNode {
  const { model } = useParts();
  const viewer = model.connection.viewer.value;
  const key = channels.map(({ id, topic }) => `${id} ${topic}`).join("\n");
  const feeds = useMemo(
    () => channels.flatMap((channel) => model.channels.feeds?.of(channel) ?? []),
    [viewer, key],
  );
  // Another viewer's feeds are others, even where the channels have the same ids.
  return <PanelView key={numberOf(viewer)} kind={panel.kind} feeds={feeds} isPaused={panel.isPaused} />;
}

const numbers = new WeakMap<object, number>();
let count = 0;

function numberOf(viewer: object | undefined): number {
  if (viewer === undefined) return 0;
  const known = numbers.get(viewer) ?? ++count;
  numbers.set(viewer, known);
  return known;
}
