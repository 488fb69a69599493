/**
 * What the media tracks of @roamhq/wrtc lack of the standard's.
 */

/** What a track without a camera or microphone behind it answers. */
const supplements: Readonly<Record<string, unknown>> = {
  contentHint: "",
  label: "",
  getConstraints: () => ({}),
  getCapabilities: () => ({}),
  getSettings: () => ({}),
  applyConstraints: () => Promise.resolve(),
};

/** Adds to the prototype of tracks what is not there. */
export function supplyTracks(prototype: object): void {
  for (const [name, value] of Object.entries(supplements)) {
    if (!(name in prototype)) Object.defineProperty(prototype, name, { value, writable: true, configurable: true });
  }
}
