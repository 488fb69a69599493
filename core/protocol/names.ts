/**
 * The names of streams and tracks (wire protocol, section 1).
 */

/** The topic of control streams. */
export const CONTROL_TOPIC = "control";

const DATA_TRACK = "data-ch-";
const VIDEO_TRACK = "video-ch-";
const CHANNEL_STREAM = "ch-";

/** The name of the data track of a lossy channel. */
export function dataTrackName(channelId: number): string {
  return DATA_TRACK + channelId;
}

/** The channel whose data track has this name; `undefined` where it is no such name. */
export function parseDataTrackName(name: string): number | undefined {
  return parseName(DATA_TRACK, name);
}

/** The name of the video track of an image channel. */
export function videoTrackName(channelId: number): string {
  return VIDEO_TRACK + channelId;
}

/** The channel whose video track has this name; `undefined` where it is no such name. */
export function parseVideoTrackName(name: string): number | undefined {
  return parseName(VIDEO_TRACK, name);
}

/** The topic of the byte streams of a lossy channel where there are no data tracks. */
export function channelStreamTopic(channelId: number): string {
  return CHANNEL_STREAM + channelId;
}

/** The channel whose byte streams have this topic; `undefined` where it is no such topic. */
export function parseChannelStreamTopic(topic: string): number | undefined {
  return parseName(CHANNEL_STREAM, topic);
}

/** The id must be spelt as it is written here, so that no two names stand for one channel. */
function parseName(prefix: string, name: string): number | undefined {
  if (!name.startsWith(prefix)) return undefined;
  const digits = name.slice(prefix.length);
  const id = Number(digits);
  return Number.isSafeInteger(id) && String(id) === digits && id >= 0 ? id : undefined;
}
