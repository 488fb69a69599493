/**
 * The device's channels: searched, chosen, and how much comes on them.
 */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ChannelInfo } from "../../mod.ts";
import type { Rate } from "../state/channels.ts";
import { MAX_LISTED_CHANNELS } from "../state/limits.ts";
import { useParts } from "./context.tsx";
import { Empty, More, Search, Switch } from "./controls.tsx";
import { hertz, perSecond } from "./format.ts";

/** The device's channels. */
export function ChannelList(): VNode {
  const { model } = useParts();
  const [text, setText] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const all = model.channels.all.value;
  const found = search(all, text);
  const shown = found.slice(0, MAX_LISTED_CHANNELS);
  return (
    <section class="channels" aria-label="Channels">
      <header class="side-head">
        <h2>Channels</h2>
        <span class="count">{text === "" ? all.length : `${found.length} of ${all.length}`}</span>
        <span class="top-space" />
        <Switch
          label="Measure all"
          isOn={model.settings.measuresAll.value}
          onChange={(wanted) => model.settings.setMeasuresAll(wanted)}
        />
      </header>
      <Search text={text} onText={setText} label="Search channels" onDown={() => list.current?.focus()} />
      {all.length === 0
        ? (
          <Empty icon="channels" title="No channels">
            {model.device.value === undefined ? "They are listed when a device is here." : "The device offers none."}
          </Empty>
        )
        : shown.length === 0
        ? <Empty icon="search" title="Nothing found">{`No topic or schema has “${text}” in it.`}</Empty>
        : <Rows channels={shown} list={list} />}
      <More shown={shown.length} of={found.length} what="channels" />
    </section>
  );
}

function Rows(
  { channels, list }: {
    readonly channels: ReadonlyArray<ChannelInfo>;
    readonly list: { current: HTMLUListElement | null };
  },
): VNode {
  const { model } = useParts();
  const [activeId, setActive] = useState<number | undefined>(undefined);
  const active = Math.max(0, channels.findIndex(({ id }) => id === activeId));
  const rates = model.channels.rates.value;
  const move = (index: number) => {
    const to = channels[Math.min(channels.length - 1, Math.max(0, index))];
    if (to === undefined) return;
    setActive(to.id);
    document.getElementById(rowId(to))?.scrollIntoView({ block: "nearest" });
  };
  const toggle = (channel: ChannelInfo) => {
    setActive(channel.id);
    if (model.workspace.shows(channel.topic)) model.workspace.closeTopic(channel.topic);
    else model.workspace.open(channel);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + 10,
      PageUp: active - 10,
      Home: 0,
      End: channels.length - 1,
    };
    const step = steps[event.key];
    const channel = channels[active];
    if (step !== undefined) move(step);
    else if ((event.key === "Enter" || event.key === " ") && channel !== undefined) toggle(channel);
    else return;
    event.preventDefault();
  };
  const current = channels[active];
  return (
    <ul
      class="channel-rows"
      role="listbox"
      aria-label="Channels, each shown in a panel or not"
      aria-multiselectable="true"
      aria-activedescendant={current === undefined ? undefined : rowId(current)}
      tabIndex={0}
      ref={list}
      onKeyDown={onKeyDown}
    >
      {channels.map((channel) => (
        <Row
          key={channel.id}
          channel={channel}
          rate={rates.get(channel.id)}
          isShown={model.workspace.shows(channel.topic)}
          isActive={channel === current}
          onToggle={() => toggle(channel)}
        />
      ))}
    </ul>
  );
}

function Row(
  { channel, rate, isShown, isActive, onToggle }: {
    readonly channel: ChannelInfo;
    readonly rate: Rate | undefined;
    readonly isShown: boolean;
    readonly isActive: boolean;
    readonly onToggle: () => void;
  },
): VNode {
  const { topic, encoding, schema, reliable } = channel;
  return (
    <li
      id={rowId(channel)}
      class="channel"
      role="option"
      aria-selected={isShown}
      data-active={isActive}
      title={topic}
      onClick={onToggle}
    >
      <span class="channel-topic">{topic}</span>
      <span class="channel-rate">{hertz(rate?.hertz)}</span>
      <span class="channel-schema">
        <span class="chip">{encoding}</span>
        {reliable ? <span class="chip">reliable</span> : null}
        <span class="channel-name">{schema?.name ?? "no schema"}</span>
      </span>
      <span class="channel-bandwidth">{perSecond(rate?.bytesPerSecond)}</span>
    </li>
  );
}

function rowId({ id }: ChannelInfo): string {
  return `channel-${id}`;
}

/** Channels whose topic, schema or encoding has all the words in it. */
export function search(channels: ReadonlyArray<ChannelInfo>, text: string): ReadonlyArray<ChannelInfo> {
  const words = text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return channels;
  return channels.filter(({ topic, schema, encoding }) => {
    const whole = `${topic} ${schema?.name ?? ""} ${encoding}`.toLowerCase();
    return words.every((word) => whole.includes(word));
  });
}
