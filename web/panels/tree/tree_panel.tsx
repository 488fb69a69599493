/**
 * The latest message as a tree.
 */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { Message } from "../../../mod.ts";
import { UndecodableChannel, UndecodableMessage } from "../../decode/errors.ts";
import type { Feed } from "../../feed.ts";
import { MessageFacts, Problem, Toolbar } from "../chrome.tsx";
import { Problems } from "../problems.ts";
import { RateMeter } from "../rate_meter.ts";
import { read, type Reading, useKept, usePanelWork, useRedraw } from "../use_feed.ts";
import { HexDump } from "./hex_dump.tsx";
import { Tree } from "./tree.tsx";

/** What the panel knows of its channel. */
class TreeModel {
  readonly rate = new RateMeter();
  readonly problems = new Problems();
  latest: Message | undefined;
  shown: Message | undefined;
  reading: Reading | undefined;

  /** Takes the latest message on the screen. */
  show(feed: Feed): void {
    const message = this.latest;
    if (message === undefined || message === this.shown) return;
    this.shown = message;
    const value = read(feed.channel, message);
    const isWrong = value instanceof UndecodableChannel || value instanceof UndecodableMessage;
    if (isWrong) this.problems.note(value);
    this.reading = isWrong ? undefined : { message, value };
  }
}

/** Shows a channel's latest message as a tree; where it cannot be decoded, why, and its bytes. */
export function TreePanel({ feed, isPaused }: { feed: Feed; isPaused: boolean }): VNode {
  const model = useKept(() => new TreeModel());
  const redraw = useRedraw();
  const now = useRef(0);
  const { element } = usePanelWork<HTMLDivElement>({ feeds: [feed], isPaused }, () => ({
    onMessage: (message) => {
      model.latest = message;
      model.rate.note(performance.now());
    },
    draw: (time) => {
      now.current = time;
      model.show(feed);
      redraw();
    },
  }));
  const { reading, shown, rate, problems } = model;
  return (
    <div class="view view-tree" ref={element}>
      <Toolbar label="Message">
        <MessageFacts message={shown} rate={rate.perSecond(now.current)} />
      </Toolbar>
      <Problem text={problems.text} count={problems.count} />
      {reading !== undefined && <Tree value={reading.value} label={`Message of ${feed.channel.topic}`} />}
      {reading === undefined && shown !== undefined && <HexDump bytes={shown.data} />}
    </div>
  );
}
