/**
 * What the events of a device carry: frames, byte streams, datagrams.
 */
import type { RoomLog } from "../../../transport/log.ts";
import type { RemoteParticipant } from "../../../transport/participant.ts";
import { decodeBase64 } from "../../../core/protocol/base64.ts";
import { FRAME_HEADER_BYTES, TEXT_OPCODE, writeFrameHeader } from "../../../core/protocol/frame.ts";
import { CONTROL_TOPIC } from "../../../core/protocol/names.ts";
import { decodeDatagram, type WireDatagram } from "../wire.ts";
import type { ServerEvent } from "./event_parser.ts";
import { readDevice, readStream } from "./events.ts";
import type { IncomingStreams } from "./incoming.ts";

/** What handling events needs of the room. */
export interface EventHandlerOptions {
  readonly incoming: IncomingStreams;
  readonly log: RoomLog;
  /** The identity of the device. */
  readonly device: () => string | undefined;
  /** The device has other attributes. */
  readonly deviceChanged: (device: RemoteParticipant) => void;
  /** A datagram has come. */
  readonly datagram: (datagram: WireDatagram) => void;
}

/** The number of a control stream that a server of another make never opens: no device gives it. */
const UNTOLD_CONTROL = -1;

const encoder = new TextEncoder();

/** The handler of one connection's events. */
export class EventHandler {
  readonly #options: EventHandlerOptions;
  /** The control stream that `text` and `binary` belong to. */
  #control: number | undefined;
  #unreadable = 0;

  constructor(options: EventHandlerOptions) {
    this.#options = options;
  }

  /** Everything begins anew. */
  reset(): void {
    this.#control = undefined;
  }

  /** Takes an event that must not be lost, or passes over one that is not known. `false`: it cannot be read. */
  take({ event, data }: ServerEvent): boolean {
    switch (event) {
      case "text":
        return this.#frame(textFrame(data));
      case "binary":
        return this.#frame(decodeBase64(data));
      case "stream":
        return this.#stream(data);
      case "device":
        return this.#device(data);
      default:
        return true;
    }
  }

  /** Takes a datagram. One that cannot be read is lost like others. */
  lossy(data: string): void {
    const datagram = decodeDatagram(data);
    if (datagram !== undefined) return this.#options.datagram(datagram);
    this.#unreadable++;
    if (!Number.isInteger(Math.log10(this.#unreadable))) return;
    this.#options.log("warning", "a datagram of the device cannot be read", { unreadable: this.#unreadable });
  }

  #frame(bytes: Uint8Array | undefined): boolean {
    if (bytes === undefined) return false;
    const { incoming } = this.#options;
    if (this.#control === undefined) {
      this.#control = UNTOLD_CONTROL;
      incoming.open(UNTOLD_CONTROL, CONTROL_TOPIC, this.#options.device() ?? "");
    }
    incoming.data(this.#control, bytes);
    return true;
  }

  #stream(data: string): boolean {
    const event = readStream(data);
    const { incoming } = this.#options;
    if (event === undefined || event.stream === UNTOLD_CONTROL) return false;
    switch (event.op) {
      case "open": {
        incoming.open(event.stream, event.topic, this.#options.device() ?? "");
        if (event.topic === CONTROL_TOPIC) this.#control = event.stream;
        return true;
      }
      case "data": {
        const bytes = decodeBase64(event.data);
        if (bytes !== undefined) incoming.data(event.stream, bytes);
        return bytes !== undefined;
      }
      case "close":
        incoming.close(event.stream);
        return true;
      case "abort":
        incoming.abort(event.stream);
        return true;
    }
  }

  #device(data: string): boolean {
    const device = readDevice(data);
    if (device !== undefined) this.#options.deviceChanged(device);
    return device !== undefined;
  }
}

/** The frame of a text message. */
function textFrame(text: string): Uint8Array {
  const payload = encoder.encode(text);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + payload.length);
  writeFrameHeader(frame, TEXT_OPCODE, payload.length);
  frame.set(payload, FRAME_HEADER_BYTES);
  return frame;
}
