/**
 * What can be wrong with a schema, or with a channel because of its schema.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";

/** Fields of {@linkcode MissingSchema}. */
export interface MissingSchemaFields {
  /** The channel's topic. */
  readonly topic: string;
  /** The channel's message encoding. */
  readonly encoding: string;
}

const MissingSchemaBase: new (fields: MissingSchemaFields) =>
  & Cause.YieldableError
  & { readonly _tag: "MissingSchema" }
  & Readonly<MissingSchemaFields> = Data.TaggedError("MissingSchema");

/**
 * A channel's message encoding needs a schema, and the channel has none (wire protocol, section 3.4).
 *
 * @example
 * ```ts
 * import { MissingSchema } from "@fieldlink/fieldlink";
 *
 * const error = new MissingSchema({ topic: "/scan", encoding: "protobuf" });
 * error.message; // => channel "/scan" has no schema, and the encoding "protobuf" needs one
 * ```
 */
export class MissingSchema extends MissingSchemaBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `channel "${this.topic}" has no schema, and the encoding "${this.encoding}" needs one`;
  }
}

/** Fields of {@linkcode SchemaNotUtf8}. */
export interface SchemaNotUtf8Fields {
  /** The schema's name. */
  readonly schemaName: string;
  /** The schema's encoding. */
  readonly schemaEncoding: string;
}

const SchemaNotUtf8Base: new (fields: SchemaNotUtf8Fields) =>
  & Cause.YieldableError
  & { readonly _tag: "SchemaNotUtf8" }
  & Readonly<SchemaNotUtf8Fields> = Data.TaggedError("SchemaNotUtf8");

/**
 * A schema that travels as text is no UTF-8, so it cannot be sent (wire protocol, section 3.4).
 *
 * @example
 * ```ts
 * import { SchemaNotUtf8 } from "@fieldlink/fieldlink";
 *
 * const error = new SchemaNotUtf8({ schemaName: "Pose", schemaEncoding: "jsonschema" });
 * error.message; // => schema "Pose" of encoding "jsonschema" is sent as text, and its bytes are no UTF-8
 * ```
 */
export class SchemaNotUtf8 extends SchemaNotUtf8Base {
  /** What was wrong, in one line. */
  override get message(): string {
    return `schema "${this.schemaName}" of encoding "${this.schemaEncoding}" is sent as text, and its bytes are no UTF-8`;
  }
}

/** Fields of {@linkcode InvalidSchemaText}. */
export interface InvalidSchemaTextFields {
  /** The schema's name. */
  readonly schemaName: string;
  /** The schema's encoding. */
  readonly schemaEncoding: string;
  /** What is wrong with the text, in words. */
  readonly detail: string;
}

const InvalidSchemaTextBase: new (fields: InvalidSchemaTextFields) =>
  & Cause.YieldableError
  & { readonly _tag: "InvalidSchemaText" }
  & Readonly<InvalidSchemaTextFields> = Data.TaggedError("InvalidSchemaText");

/**
 * The schema text that a peer has sent does not decode (wire protocol, section 3.4).
 *
 * @example
 * ```ts
 * const error = new InvalidSchemaText({ schemaName: "Scan", schemaEncoding: "protobuf", detail: "no padding" });
 * error.message; // => the text of schema "Scan" is no base64, which the encoding "protobuf" asks for: no padding
 * ```
 */
export class InvalidSchemaText extends InvalidSchemaTextBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the text of schema "${this.schemaName}" is no base64, which the encoding "${this.schemaEncoding}" asks for: ${this.detail}`;
  }
}

/** Fields of {@linkcode UnknownSchemaId}. */
export interface UnknownSchemaIdFields {
  /** The id that no message of this connection has defined. */
  readonly schemaId: number;
}

const UnknownSchemaIdBase: new (fields: UnknownSchemaIdFields) =>
  & Cause.YieldableError
  & { readonly _tag: "UnknownSchemaId" }
  & Readonly<UnknownSchemaIdFields> = Data.TaggedError("UnknownSchemaId");

/**
 * A channel refers to a schema that has not been defined since the last `serverInfo` (wire protocol, section 3.5).
 *
 * @example
 * ```ts
 * const error = new UnknownSchemaId({ schemaId: 99 });
 * error.message; // => schema id 99 is not in the schema table of this connection
 * ```
 */
export class UnknownSchemaId extends UnknownSchemaIdBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `schema id ${this.schemaId} is not in the schema table of this connection`;
  }
}

/** Fields of {@linkcode MangledAdvertisement}. */
export interface MangledAdvertisementFields {
  /** The channel's topic. */
  readonly topic: string;
  /** What does not fit, in words. */
  readonly detail: string;
}

const MangledAdvertisementBase: new (fields: MangledAdvertisementFields) =>
  & Cause.YieldableError
  & { readonly _tag: "MangledAdvertisement" }
  & Readonly<MangledAdvertisementFields> = Data.TaggedError("MangledAdvertisement");

/**
 * A channel in an `advertise` does not have the shape that the rest of the message has, so that its schema would be lost
 * if it were taken (wire protocol, section 3.5).
 *
 * @example
 * ```ts
 * const error = new MangledAdvertisement({ topic: "/scan", detail: "it has an inline schema in a schema-table message" });
 * error.message; // => channel "/scan" is mangled: it has an inline schema in a schema-table message
 * ```
 */
export class MangledAdvertisement extends MangledAdvertisementBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `channel "${this.topic}" is mangled: ${this.detail}`;
  }
}
