/**
 * A panel of any kind.
 */
import type { VNode } from "preact";
import type { Feed } from "../feed.ts";
import { ImagePanel } from "./image/image_panel.tsx";
import type { PanelKind } from "./kinds.ts";
import { LogPanel } from "./log/log_panel.tsx";
import { PlotPanel } from "./plot/plot_panel.tsx";
import { ScenePanel } from "./scene/scene_panel.tsx";
import { TreePanel } from "./tree/tree_panel.tsx";

/** What a panel shows. */
export interface PanelViewProps {
  readonly kind: PanelKind;
  /** The channels: one, or for a map those that belong on it, see `sceneCompanions`. */
  readonly feeds: ReadonlyArray<Feed>;
  /** Whether it holds still. Default: it does not. */
  readonly isPaused?: boolean;
}

/** Shows channels; another channel or kind is another panel, which knows nothing of the one before. */
export function PanelView({ kind, feeds, isPaused = false }: PanelViewProps): VNode | null {
  const [feed] = feeds;
  if (feed === undefined) return null;
  const { id, topic, encoding, schema } = feed.channel;
  const key = JSON.stringify([kind, id, topic, encoding, schema?.name]);
  switch (kind) {
    case "tree":
      return <TreePanel key={key} feed={feed} isPaused={isPaused} />;
    case "image":
      return <ImagePanel key={key} feed={feed} isPaused={isPaused} />;
    case "plot":
      return <PlotPanel key={key} feed={feed} isPaused={isPaused} />;
    case "log":
      return <LogPanel key={key} feed={feed} isPaused={isPaused} />;
    case "scene":
      return <ScenePanel key={key} feeds={feeds} isPaused={isPaused} />;
  }
}
