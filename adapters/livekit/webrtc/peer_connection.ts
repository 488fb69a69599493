/**
 * The peer connection of @roamhq/wrtc with what it lacks.
 */
import { completeChannel } from "./channel.ts";
import type { Wrtc } from "./package.ts";
import { supplyStats, supplyTransceiver } from "./rtp.ts";

/** A class of peer connections like the package's, whose senders, receivers and transceivers have working stats. */
export function peerConnectionOf(wrtc: Wrtc): typeof RTCPeerConnection {
  return class PeerConnection extends wrtc.RTCPeerConnection {
    readonly #readStats = () => this.getStats();

    /** The report at this moment; empty when the connection is closed, where the package's own rejects. */
    override async getStats(): Promise<RTCStatsReport> {
      try {
        return await super.getStats();
      } catch {
        return new Map();
      }
    }

    override createDataChannel(label: string, init?: RTCDataChannelInit): RTCDataChannel {
      return completeChannel(super.createDataChannel(label, init));
    }

    override getSenders(): Array<RTCRtpSender> {
      return super.getSenders().map((sender) => supplyStats(sender, this.#readStats));
    }

    override getReceivers(): Array<RTCRtpReceiver> {
      return super.getReceivers().map((receiver) => supplyStats(receiver, this.#readStats));
    }

    override getTransceivers(): Array<RTCRtpTransceiver> {
      return super.getTransceivers().map((transceiver) => supplyTransceiver(transceiver, this.#readStats));
    }

    override addTransceiver(track: MediaStreamTrack | string, init?: RTCRtpTransceiverInit): RTCRtpTransceiver {
      const transceiver = init === undefined ? super.addTransceiver(track) : super.addTransceiver(track, init);
      return supplyTransceiver(transceiver, this.#readStats);
    }

    override addTrack(track: MediaStreamTrack, ...streams: Array<MediaStream>): RTCRtpSender {
      return supplyStats(super.addTrack(track, ...streams), this.#readStats);
    }

    /** A candidate that comes after the end is no fault of anybody's; the package rejects then, or settles never. */
    override async addIceCandidate(candidate?: RTCIceCandidateInit | null): Promise<void> {
      if (this.#closed()) return;
      try {
        await super.addIceCandidate(candidate);
      } catch (error) {
        if (!this.#closed()) throw error;
      }
    }

    #closed(): boolean {
      return this.connectionState === "closed" || this.signalingState === "closed";
    }

    override dispatchEvent(event: Event): boolean {
      if (event.type === "track" && "receiver" in event && "transceiver" in event) {
        const { receiver, transceiver } = event;
        if (transceiver instanceof wrtc.RTCRtpTransceiver) supplyTransceiver(transceiver, this.#readStats);
        if (receiver instanceof wrtc.RTCRtpReceiver) supplyStats(receiver, this.#readStats);
      }
      return super.dispatchEvent(event);
    }
  };
}
