/** Package to the URL of the file that stands in for it. */
export const standIns: ReadonlyMap<string, string> = new Map([
  ["livekit-client", new URL("livekit_client.ts", import.meta.url).href],
  ["@roamhq/wrtc", new URL("wrtc.ts", import.meta.url).href],
]);
