/**
 * A page that visits a device with livekit-client alone: somebody else's viewer, which shares no code with this library.
 */
import { type ByteStreamWriter, type RemoteDataTrack, Room } from "livekit-client";
import { MESSAGES, type Seen, type Visit } from "./visit.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Text {
  readonly op: string;
  readonly name?: string;
  readonly message?: string;
  readonly channels?: ReadonlyArray<{ readonly id: number; readonly topic: string }>;
  readonly services?: ReadonlyArray<{ readonly id: number; readonly name: string }>;
}

function frame(opcode: number, payload: Uint8Array): Uint8Array {
  const whole = new Uint8Array(5 + payload.length);
  const view = new DataView(whole.buffer);
  view.setUint8(0, opcode);
  view.setUint32(1, payload.length, true);
  whole.set(payload, 5);
  return whole;
}

function text(message: object): Uint8Array {
  return frame(1, encoder.encode(JSON.stringify(message)));
}

/** A binary message: its opcode, numbers of four bytes each, and what follows. */
function binary(opcode: number, numbers: ReadonlyArray<number>, rest: string): Uint8Array {
  const head = new DataView(new ArrayBuffer(1 + 4 * numbers.length));
  head.setUint8(0, opcode);
  numbers.forEach((number, at) => head.setUint32(1 + 4 * at, number, true));
  return frame(2, Uint8Array.of(...new Uint8Array(head.buffer), ...encoder.encode(rest)));
}

class Visitor {
  readonly #room = new Room();
  readonly #reliable: Array<string> = [];
  readonly #lossy: Array<string> = [];
  readonly #arrivals = new EventTarget();
  readonly #topics = new Map<number, string>();
  #device = "";
  #service: number | undefined;
  #sum: string | undefined;

  async visit({ url, token }: Visit): Promise<Seen> {
    this.#room.registerByteStreamHandler("control", (reader) => void this.#read(reader));
    this.#room.on("dataTrackPublished", (track) => void this.#readTrack(track));
    await this.#room.connect(url, token, { rtcConfig: { iceServers: [] } });
    await this.#until(() => this.#topics.size === 2 && this.#service !== undefined);
    const writer = await this.#room.localParticipant.streamBytes({
      name: "control",
      topic: "control",
      destinationIdentities: ["rover"],
    });
    await writer.write(text({ op: "subscribe", channels: [...this.#topics.keys()].map((id) => ({ id })) }));
    await this.#until(() => this.#reliable.length >= MESSAGES && this.#lossy.length >= MESSAGES);
    await this.#command(writer);
    await this.#until(() => this.#sum !== undefined);
    const seen = {
      device: this.#device,
      reliable: this.#reliable.slice(0, MESSAGES),
      lossy: this.#lossy.slice(0, MESSAGES),
      sum: this.#sum ?? "",
    };
    await this.#room.disconnect();
    return seen;
  }

  async #command(writer: ByteStreamWriter): Promise<void> {
    const channel = { id: 1, topic: "/command", encoding: "json", schemaName: "" };
    await writer.write(text({ op: "advertise", channels: [channel] }));
    await writer.write(binary(1, [1], '{"go":true}'));
    await writer.write(binary(2, [this.#service ?? 0, 7, 4], 'json{"a":2,"b":3}'));
  }

  async #read(reader: AsyncIterable<Uint8Array>): Promise<void> {
    let buffer = new Uint8Array();
    try {
      for await (const chunk of reader) {
        buffer = Uint8Array.of(...buffer, ...chunk);
        while (buffer.length >= 5) {
          const view = new DataView(buffer.buffer, buffer.byteOffset);
          const end = 5 + view.getUint32(1, true);
          if (buffer.length < end) break;
          this.#take(view.getUint8(0), buffer.slice(5, end));
          buffer = buffer.slice(end);
        }
      }
    } catch {
      // The stream ends with the connection.
    }
  }

  #take(opcode: number, payload: Uint8Array): void {
    if (opcode === 1) this.#takeText(JSON.parse(decoder.decode(payload)));
    else this.#takeBinary(new DataView(payload.buffer), payload);
    this.#arrivals.dispatchEvent(new Event("arrival"));
  }

  #takeText(message: Text): void {
    if (message.op === "serverInfo") this.#device = message.name ?? "";
    if (message.op === "advertise") { for (const { id, topic } of message.channels ?? []) this.#topics.set(id, topic); }
    if (message.op === "serviceCallFailure") this.#sum = `failed: ${message.message}`;
    if (message.op === "advertiseServices") this.#service = message.services?.[0]?.id;
  }

  #takeBinary(view: DataView, payload: Uint8Array): void {
    if (view.getUint8(0) === 1 && this.#topics.get(Number(view.getBigUint64(1, true))) === "/reliable") {
      this.#reliable.push(decoder.decode(payload.subarray(17)));
    }
    if (view.getUint8(0) === 3) this.#sum = decoder.decode(payload.subarray(13 + view.getUint32(9, true)));
  }

  async #readTrack(track: RemoteDataTrack): Promise<void> {
    const frames = track.subscribe().getReader();
    for (;;) {
      const { value } = await frames.read();
      if (value === undefined) return;
      const view = new DataView(value.payload.buffer, value.payload.byteOffset);
      this.#lossy.push(decoder.decode(value.payload.subarray(view.getUint16(2, true))));
      this.#arrivals.dispatchEvent(new Event("arrival"));
    }
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#arrivals.addEventListener("arrival", () => resolve(), { once: true });
      });
    }
  }
}

Object.assign(globalThis, { visit: (to: Visit) => new Visitor().visit(to) });
