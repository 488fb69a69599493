/**
 * Lists of any length, in messages that each fit a frame.
 */
import type { Log } from "../log.ts";
import { type ClientMessage, encodeClientFrame } from "../protocol/mod.ts";

/** The frames of a message; one whose list is too long for a frame is split. What does not fit alone is left out. */
export function fittingFrames(message: ClientMessage, log: Log): ReadonlyArray<Uint8Array> {
  const frame = encodeClientFrame(message);
  if (frame instanceof Uint8Array) return [frame];
  const halves = split(message);
  if (halves !== undefined) return halves.flatMap((half) => fittingFrames(half, log));
  log("error", "a message to the device is too large and is not sent", { op: message.op, error: frame });
  return [];
}

function split(message: ClientMessage): ReadonlyArray<ClientMessage> | undefined {
  switch (message.op) {
    case "advertise":
      return halves(message.channels)?.map((channels) => ({ ...message, channels }));
    case "subscribeParameterUpdates":
    case "unsubscribeParameterUpdates":
      return halves(message.parameterNames)?.map((parameterNames) => ({ ...message, parameterNames }));
    default:
      return undefined;
  }
}

function halves<Item>(items: ReadonlyArray<Item>): ReadonlyArray<ReadonlyArray<Item>> | undefined {
  if (items.length < 2) return undefined;
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)];
}
