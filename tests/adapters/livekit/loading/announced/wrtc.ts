/** Stands in for @roamhq/wrtc: says that it was loaded, and has as much as an installation needs. */
console.log("loaded @roamhq/wrtc");

export const MediaStreamTrack: object = class {};
export const RTCPeerConnection: object = class {};
export const nonstandard: object = {
  RTCVideoSource: class {
    createTrack(): object {
      return { stop: () => {} };
    }
  },
};
