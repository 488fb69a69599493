/**
 * The vectors of the reference implementation: the same text and bytes, the same fields, the same refusals.
 */
import { describe, expect, it } from "vitest";
import {
  type ClientMessage,
  dataTrackName,
  decodeClientFrame,
  decodeDataTrackFrame,
  DecodeError,
  decodeServerFrame,
  encodeClientFrame,
  encodeDataTrackFrame,
  encodeServerFrame,
  type Frame,
  type ServerMessage,
} from "../../../core/protocol/mod.ts";
import { bytesOf, type Fields, hexOf, type Vector, vectors } from "./support/golden.ts";
import { type Deviation, deviations } from "./support/golden_deviations.ts";
import { clientFields, serverFields } from "./support/golden_fields.ts";
import { clientMessageOf, serverMessageOf } from "./support/golden_messages.ts";

/** The codec of a vector's direction, towards and from golden fields. */
interface Side {
  readonly decode: (frame: Frame) => Fields | DecodeError;
  readonly encode: (fields: Fields) => Uint8Array;
}

function frameBytes(frame: Uint8Array | Error): Uint8Array {
  if (frame instanceof Error) throw frame;
  return frame;
}

function fieldsOf<M extends ServerMessage | ClientMessage>(
  message: M | DecodeError,
  fields: (message: M) => Fields,
): Fields | DecodeError {
  return message instanceof DecodeError ? message : fields(message);
}

const server: Side = {
  decode: (frame) => fieldsOf(decodeServerFrame(frame), serverFields),
  encode: (fields) => frameBytes(encodeServerFrame(serverMessageOf(fields))),
};
const client: Side = {
  decode: (frame) => fieldsOf(decodeClientFrame(frame), clientFields),
  encode: (fields) => frameBytes(encodeClientFrame(clientMessageOf(fields))),
};

function sideOf(vector: Vector): Side {
  return vector.direction === "device_to_viewer" ? server : client;
}

function frameOf(vector: Vector): Frame {
  if (vector.kind === "binary") return { opcode: 2, payload: bytesOf(vector.hex!) };
  return { opcode: 1, payload: new TextEncoder().encode(vector.text!) };
}

function deviationOf(vector: Vector): Deviation | undefined {
  return deviations.get(vector.name);
}

const messages = vectors.filter(({ direction }) =>
  direction === "device_to_viewer" || direction === "viewer_to_device"
);
const refused = messages.filter((vector) =>
  deviationOf(vector)?.refuses !== undefined || (!vector.decodes && deviationOf(vector)?.reads === undefined)
);
const read = messages.filter((vector) => !refused.includes(vector));
const written = messages.filter((vector) => vector.encode !== undefined && !deviationOf(vector)?.neverWrites);

describe("golden messages", () => {
  it.each(read)("$name is read as the fields that it has", (vector) => {
    const expected = deviationOf(vector)?.reads ?? vector.decoded ?? vector.encode;
    expect(sideOf(vector).decode(frameOf(vector))).toEqual(expected);
  });

  it.each(refused)("$name is refused, and the error says what and where", (vector) => {
    const error = sideOf(vector).decode(frameOf(vector));
    expect(error).toBeInstanceOf(DecodeError);
    expect(error).toMatchObject({
      reason: deviationOf(vector)?.refuses ?? vector.error,
      what: expect.stringMatching(/./),
      where: expect.stringMatching(/./),
      detail: expect.stringMatching(/./),
    });
  });

  it.each(written)("$name is written as the reference writes it", (vector) => {
    const frame = sideOf(vector).encode(vector.encode!);
    const payload = frame.subarray(5);
    if (vector.kind === "binary") {
      expect(hexOf(payload)).toBe(vector.hex);
      return;
    }
    const text = new TextDecoder().decode(payload);
    if (vector.textFixed === false) expect(JSON.parse(text)).toEqual(JSON.parse(vector.text!));
    else expect(text).toBe(vector.text);
  });

  const cut = messages.filter(({ prefixes, name }) => prefixes !== undefined && !deviations.has(name));
  it.each(cut)("$name cut short is read or refused as the reference does it", (vector) => {
    const bytes = bytesOf(vector.hex!);
    for (let length = 0; length < bytes.length; length++) {
      const message = sideOf(vector).decode({ opcode: 2, payload: bytes.subarray(0, length) });
      const expected = vector.prefixes!.findLast(([from]) => from <= length)![1];
      expect(message instanceof DecodeError ? message.reason : "ok", `the first ${length} bytes`).toBe(expected);
    }
  });

  it("differ in nothing that is not listed", () => {
    expect([...deviations.keys()].filter((name) => !vectors.some((vector) => vector.name === name))).toEqual([]);
  });
});

describe("golden data-track frames", () => {
  const tracks = vectors.filter(({ direction }) => direction === "data_track");

  it.each(tracks)("$name is written and read back", (vector) => {
    const { sequence, payload, flags, channelId, trackName } = vector.encode!;
    const frame = encodeDataTrackFrame(sequence as number, bytesOf(payload as string));
    expect(hexOf(frame)).toBe(vector.hex);
    expect(decodeDataTrackFrame(frame)).toEqual({ flags, sequence, data: bytesOf(payload as string) });
    expect(dataTrackName(Number(channelId))).toBe(trackName);
  });
});
