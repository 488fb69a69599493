/**
 * Advertisements that take more than one frame (wire protocol, section 2; session, section 2).
 */
import { inlineChannelJson, tableChannelJson, tableSchemaJson } from "./advertise_json.ts";
import { clientChannelJson, encodeClientText } from "./client_json.ts";
import { FrameTooLarge } from "./errors.ts";
import { encodeTextFrame, FRAME_HEADER_BYTES, MAX_FRAME_PAYLOAD, TEXT_OPCODE, writeFrameHeader } from "./frame.ts";
import type { AdvertiseInline, AdvertiseServices, AdvertiseTable, ClientAdvertise, TableChannel } from "./messages.ts";
import { encodeServerText, serviceJson } from "./server_json.ts";
import { encodeText } from "./text.ts";

/** Any message that can be split, since it is a list of things that do not depend on each other. */
export type SplittableMessage = AdvertiseInline | AdvertiseTable | AdvertiseServices | ClientAdvertise;

/** The frames of an advertisement. */
export interface AdvertisementFrames {
  /** The frames, to be sent in this order. */
  readonly frames: ReadonlyArray<Uint8Array>;
  /** The channels or services that not even a frame of their own would hold. Those that this library has built are none. */
  readonly tooLarge: ReadonlyArray<{ readonly id: number; readonly error: FrameTooLarge }>;
}

/** One channel or service: its JSON, and that of the rows that must not come later than it does. */
interface Piece {
  readonly id: number;
  readonly rows: ReadonlyArray<Uint8Array>;
  readonly item: Uint8Array;
}

/**
 * The frames of an advertisement: one where it fits, else several messages of the same kind, each within the limit. A
 * schema is in the frame of the first channel that refers to it, so no frame may be left out.
 */
export function encodeAdvertiseFrames(message: SplittableMessage): AdvertisementFrames {
  const whole = encodeTextFrame(wholeText(message));
  if (whole instanceof Uint8Array) return { frames: [whole], tooLarge: [] };
  const packer = new Packer(message);
  for (const piece of piecesOf(message)) packer.add(piece);
  return packer.finish();
}

function wholeText(message: SplittableMessage): string {
  return message.op === "advertise" && !("form" in message) ? encodeClientText(message) : encodeServerText(message);
}

function piecesOf(message: SplittableMessage): ReadonlyArray<Piece> {
  if (message.op === "advertiseServices") return message.services.map((one) => piece(one.id, serviceJson(one)));
  if (!("form" in message)) return message.channels.map((one) => piece(one.id, clientChannelJson(one)));
  if (message.form === "inline") return message.channels.map((one) => piece(one.id, inlineChannelJson(one)));
  return tablePieces(message);
}

function piece(id: number, json: string): Piece {
  return { id, rows: [], item: encodeText(json) };
}

/** Each row goes with the first channel that refers to it; rows that none refers to go with the first channel. */
function tablePieces(message: AdvertiseTable): ReadonlyArray<Piece> {
  const referred = new Set(message.channels.map((channel) => channel.schemaId));
  const waiting = new Map<number, Uint8Array>();
  const loose: Array<Uint8Array> = [];
  for (const row of message.schemas) {
    const json = encodeText(tableSchemaJson(row));
    if (referred.has(row.id)) waiting.set(row.id, json);
    else loose.push(json);
  }
  return message.channels.map((channel, index) => {
    const row = takeRow(waiting, channel);
    const rows = [...(index === 0 ? loose : []), ...(row === undefined ? [] : [row])];
    return { id: channel.id, rows, item: encodeText(tableChannelJson(channel)) };
  });
}

function takeRow(waiting: Map<number, Uint8Array>, channel: TableChannel): Uint8Array | undefined {
  if (channel.schemaId === undefined) return undefined;
  const row = waiting.get(channel.schemaId);
  waiting.delete(channel.schemaId);
  return row;
}

const ROWS_START = encodeText('"schemas":[');
const ROWS_END = encodeText("],");
const END = encodeText("]}");

/** Fills frames, one after another, each as far as it goes. */
class Packer {
  readonly #start: Uint8Array;
  readonly #itemsStart: Uint8Array;
  readonly #envelope: number;
  readonly #frames: Array<Uint8Array> = [];
  readonly #tooLarge: Array<{ readonly id: number; readonly error: FrameTooLarge }> = [];
  #rows: Array<Uint8Array> = [];
  #items: Array<Uint8Array> = [];
  #bytes = 0;

  constructor(message: SplittableMessage) {
    const services = message.op === "advertiseServices";
    this.#start = encodeText(`{"op":"${message.op}",`);
    this.#itemsStart = encodeText(services ? '"services":[' : '"channels":[');
    this.#envelope = this.#start.length + ROWS_START.length + ROWS_END.length + this.#itemsStart.length + END.length;
  }

  add(piece: Piece): void {
    const bytes = total(piece.rows) + piece.item.length + 1;
    if (this.#envelope + bytes > MAX_FRAME_PAYLOAD) {
      const error = new FrameTooLarge({ bytes: this.#envelope + bytes, limit: MAX_FRAME_PAYLOAD });
      this.#tooLarge.push({ id: piece.id, error });
      return;
    }
    if (this.#envelope + this.#bytes + bytes > MAX_FRAME_PAYLOAD) this.#flush();
    this.#rows.push(...piece.rows);
    this.#items.push(piece.item);
    this.#bytes += bytes;
  }

  finish(): AdvertisementFrames {
    if (this.#items.length > 0) this.#flush();
    return { frames: this.#frames, tooLarge: this.#tooLarge };
  }

  #flush(): void {
    const parts = [this.#start];
    if (this.#rows.length > 0) parts.push(ROWS_START, ...commaSeparated(this.#rows), ROWS_END);
    parts.push(this.#itemsStart, ...commaSeparated(this.#items), END);
    this.#frames.push(join(parts));
    this.#rows = [];
    this.#items = [];
    this.#bytes = 0;
  }
}

/** The bytes of the parts, each with a comma. */
function total(parts: ReadonlyArray<Uint8Array>): number {
  return parts.reduce((sum, part) => sum + part.length + 1, 0);
}

const COMMA = encodeText(",");

function commaSeparated(parts: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> {
  return parts.flatMap((part, index) => index === 0 ? [part] : [COMMA, part]);
}

function join(parts: ReadonlyArray<Uint8Array>): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const frame = new Uint8Array(FRAME_HEADER_BYTES + length);
  writeFrameHeader(frame, TEXT_OPCODE, length);
  let at = FRAME_HEADER_BYTES;
  for (const part of parts) {
    frame.set(part, at);
    at += part.length;
  }
  return frame;
}
