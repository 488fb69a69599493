/**
 * The latest picture of a channel.
 */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import type { Message } from "../../../mod.ts";
import { UndecodableChannel, UndecodableMessage } from "../../decode/errors.ts";
import type { Feed } from "../../feed.ts";
import { MessageFacts, Problem, Toolbar } from "../chrome.tsx";
import { Problems } from "../problems.ts";
import { RateMeter } from "../rate_meter.ts";
import { meaningOf } from "../schema_names.ts";
import { read, useKept, usePanelWork, useRedraw } from "../use_feed.ts";
import { paint, type Painted } from "./painter.ts";
import { pictureOf } from "./picture.ts";

/** Pictures of less pixels across are shown with their pixels. */
const COARSE = 200;

class ImageModel {
  readonly rate = new RateMeter();
  readonly problems = new Problems();
  latest: Message | undefined;
  shown: Message | undefined;
  painted: Painted | undefined;
  /** How the picture was written. */
  format = "";
  isBusy = false;
  isClosed = false;

  /** Paints the latest message. While one is being decoded those that come are passed over, all but the last. */
  async show(feed: Feed, canvas: HTMLCanvasElement | null, isDone: () => void): Promise<void> {
    const message = this.latest;
    if (this.isBusy || message === undefined || message === this.shown || canvas === null) return;
    this.isBusy = true;
    this.shown = message;
    const painted = await this.#paint(feed, message, canvas);
    this.isBusy = false;
    if (this.isClosed) return;
    if (typeof painted === "string") this.problems.say(painted);
    else this.painted = painted;
    isDone();
  }

  async #paint(feed: Feed, message: Message, canvas: HTMLCanvasElement): Promise<Painted | string> {
    const value = read(feed.channel, message);
    if (value instanceof UndecodableChannel || value instanceof UndecodableMessage) return value.message;
    const picture = pictureOf(meaningOf(feed.channel.schema?.name), value);
    if (typeof picture === "string") return picture;
    this.format = picture.kind === "raw" ? picture.encoding : picture.format;
    return await paint(canvas, picture);
  }
}

/** Shows a channel's pictures, each as soon as the one before is on the screen. */
export function ImagePanel({ feed, isPaused }: { feed: Feed; isPaused: boolean }): VNode {
  const model = useKept(() => new ImageModel());
  const canvas = useRef<HTMLCanvasElement>(null);
  const redraw = useRedraw();
  const { element, ask } = usePanelWork<HTMLDivElement>({ feeds: [feed], isPaused }, () => ({
    onMessage: (message) => {
      model.latest = message;
      model.rate.note(performance.now());
    },
    draw: () => {
      void model.show(feed, canvas.current, () => {
        redraw();
        ask();
      });
    },
    close: () => {
      model.isClosed = true;
    },
  }));
  const { painted, format, problems } = model;
  const size = painted === undefined ? "" : `${painted.width} × ${painted.height}`;
  const facts = [size, format.slice(0, 40), painted?.range].filter((fact) => fact !== undefined && fact !== "");
  return (
    <div class="view view-image" ref={element}>
      <Toolbar label="Picture">
        <MessageFacts message={model.shown} rate={model.rate.perSecond(performance.now())} />
        <span class="view-facts">{facts.map((fact) => <span key={fact}>{fact}</span>)}</span>
      </Toolbar>
      <Problem text={problems.text} count={problems.count} />
      <div class="view-picture">
        <canvas
          ref={canvas}
          class={painted !== undefined && painted.width < COARSE ? "is-coarse" : ""}
          width={0}
          height={0}
          role="img"
          aria-label={painted === undefined
            ? `${feed.channel.topic}: no picture yet`
            : `${feed.channel.topic}: ${facts.join(", ")}`}
        />
      </div>
    </div>
  );
}
