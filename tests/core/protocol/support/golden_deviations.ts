/**
 * Where this library does not do what the reference does, vector by vector, and why. Nothing else may differ.
 */
import type { Fields } from "./golden.ts";

/** What this library does instead. */
export interface Deviation {
  /** Why. */
  readonly why: string;
  /** It refuses the message, with this class of error. */
  readonly refuses?: string;
  /** It reads the message, as these fields. */
  readonly reads?: Fields;
  /** It cannot write the message, since its own messages cannot be of these fields. */
  readonly neverWrites?: true;
}

const LARGE_ID = {
  why: "an id beyond 2^53 - 1 is no JavaScript number: it is refused, never rounded",
  refuses: "invalid-value",
  neverWrites: true,
} as const;

/** The deviations, by the vector's name. */
export const deviations: ReadonlyMap<string, Deviation> = new Map<string, Deviation>([
  ["advertise-inline-ids", LARGE_ID],
  ["advertise-table-ids", LARGE_ID],
  ["unadvertise", LARGE_ID],
  ["unsubscribe", LARGE_ID],
  ["messageData-empty-max", LARGE_ID],
  ["serverInfo-capability-unknown", {
    why: "a capability of a newer device is left out, so that older viewers still get on with it",
    reads: { op: "serverInfo", name: "x", capabilities: ["time"] },
  }],
  ["message-as-array", {
    why: "a message is an object; that the reference takes its fields as a list is an accident of its library",
    refuses: "invalid-type",
  }],
  ["advertise-mixed-forms", {
    why: "a channel with an inline schema in a schema-table message is refused, where the reference loses its schema",
    reads: {
      op: "advertise",
      form: "schemaTable",
      schemas: [{ id: "1", name: "N", encoding: "jsonschema", data: "7b7d" }],
      channels: [{ id: "2", topic: "b", encoding: "json", schemaId: "1" }],
    },
  }],
  ["advertise-metadata-null", {
    why: "the error says what is wrong with the channel, where the reference only says that neither shape fits",
    refuses: "invalid-type",
  }],
  ["parameterValues-float-last-bit", {
    why: "the reference's parser is off in the last bit of some floats",
    reads: {
      op: "parameterValues",
      parameters: [{ name: "x", type: "float64", value: { kind: "float64", value: 180.17933438838418 } }],
    },
  }],
  ["pong-longer", {
    why: "bytes behind the two timestamps mean nothing and are not kept",
    reads: {
      op: "pong",
      opcode: 6,
      appTimestamp: "1",
      deviceTimestamp: "2",
      payload: "01000000000000000200000000000000",
    },
  }],
  ["pong-short", {
    why: "a Pong is made of its two timestamps, so one that is too short cannot be made (it is refused on reading)",
    neverWrites: true,
  }],
]);
