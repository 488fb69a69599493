/**
 * Which panels show a channel's messages.
 */
import type { ChannelInfo } from "../../mod.ts";
import { decoderFor } from "../decode/decoder.ts";
import { UndecodableChannel } from "../decode/errors.ts";
import { meaningOf } from "./schema_names.ts";

/** A way to show messages. */
export type PanelKind = "tree" | "image" | "plot" | "log" | "scene";

/** What the kinds are called. */
export const panelNames: Readonly<Record<PanelKind, string>> = {
  tree: "Message",
  image: "Picture",
  plot: "Plot",
  log: "Log",
  scene: "Map",
};

/** The kinds of panels that suit a channel, the best first. There is always one: the tree, which also says why not. */
export function panelsFor(channel: Pick<ChannelInfo, "topic" | "encoding" | "schema">): ReadonlyArray<PanelKind> {
  if (decoderFor(channel) instanceof UndecodableChannel) return ["tree"];
  switch (meaningOf(channel.schema?.name)) {
    case "compressed-image":
    case "raw-image":
      return ["image", "tree"];
    case "foxglove-log":
    case "ros1-log":
    case "ros2-log":
      return ["log", "tree"];
    case "pose":
    case "odometry":
    case "scan":
    case "foxglove-scan":
    case "points":
    case "foxglove-points":
      return ["scene", "tree", "plot"];
    case undefined:
      return ["tree", "plot"];
  }
}
