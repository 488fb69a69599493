/**
 * ROS message definitions as readers of messages. The readers interpret: nothing is generated, as the page's
 * Content-Security-Policy demands.
 */
import { parse } from "@foxglove/rosmsg";
import { MAX_DEPTH, MAX_ROS_TEXT, MAX_ROS_TYPES } from "./limits.ts";
import { type Plain, setPart } from "./plain.ts";
import { NUMBER_BYTES, type NumberKind, type RosCursor } from "./ros_cursor.ts";

/** The generation of ROS: they differ in their definitions and in how a few types are written. */
export type RosGeneration = 1 | 2;

/** A type and its fields. */
export type MessageDefinition = ReturnType<typeof parse>[number];
/** A field of a type. */
export type MessageDefinitionField = MessageDefinition["definitions"][number];

/** Reads one value. */
export type Reader = (cursor: RosCursor) => Plain;

/** How a type is read. */
interface Type {
  readonly read: Reader;
  /** So many values of it, one after the other. */
  readonly readMany: (cursor: RosCursor, count: number) => Plain;
  /** The bytes that a value takes at least. */
  readonly minBytes: number;
}

/** What stands between two types of a definition. */
const SEPARATOR = /^[ \t]*==/gm;

/**
 * The reader of a definition's messages.
 *
 * @throws when the definition is none, or lacks a type that it uses.
 */
export function compileRos(text: string, generation: RosGeneration): Reader {
  const types = text.match(SEPARATOR)?.length ?? 0;
  if (text.length > MAX_ROS_TEXT) throw new Error(`it has more than ${MAX_ROS_TEXT} characters`);
  if (types > MAX_ROS_TYPES) throw new Error(`it defines more than ${MAX_ROS_TYPES} types`);
  return compileDefinitions(parse(text, { ros2: generation === 2 }), generation);
}

/**
 * The reader of messages of the first of some definitions.
 *
 * @throws when they lack a type that is used.
 */
export function compileDefinitions(definitions: ReadonlyArray<MessageDefinition>, generation: RosGeneration): Reader {
  const [root] = definitions;
  if (root === undefined) throw new Error("the definition is empty");
  return new Compiler(definitions, generation).struct(root, []).read;
}

class Compiler {
  readonly #definitions = new Map<string, MessageDefinition>();
  readonly #generation: RosGeneration;
  readonly #types = new Map<string, Type>();

  constructor(definitions: ReadonlyArray<MessageDefinition>, generation: RosGeneration) {
    this.#generation = generation;
    for (const definition of definitions) {
      if (definition.name !== undefined) this.#definitions.set(definition.name, definition);
    }
  }

  /** A type with fields. `within`: the types that it lies in. */
  struct({ definitions }: MessageDefinition, within: ReadonlyArray<string>): Type {
    const fields = definitions
      .filter(({ isConstant }) => isConstant !== true)
      .map((field) => ({ name: field.name, type: this.#field(field, within) }));
    // ROS 2 puts a byte where there would be nothing.
    if (fields.length === 0 && this.#generation === 2) return repeated(readFiller, 1);
    const minBytes = fields.reduce((sum, { type }) => sum + type.minBytes, 0);
    const read: Reader = (cursor) => {
      if (minBytes === 0) cursor.countEmpty(1 + fields.length);
      const record: Record<string, Plain> = {};
      for (const { name, type } of fields) setPart(record, name, type.read(cursor));
      return record;
    };
    return repeated(read, minBytes);
  }

  #field(field: MessageDefinitionField, within: ReadonlyArray<string>): Type {
    const type = field.isComplex === true ? this.#named(field.type, within) : this.#primitive(field.type);
    return field.isArray === true ? arrayOf(type, field.arrayLength) : type;
  }

  #named(name: string, within: ReadonlyArray<string>): Type {
    const known = this.#types.get(name);
    if (known !== undefined) return known;
    if (within.includes(name)) throw new Error(`the type ${name} contains itself`);
    if (within.length >= MAX_DEPTH) throw new Error(`its types lie more than ${MAX_DEPTH} deep in each other`);
    const definition = this.#definitions.get(name);
    if (definition === undefined) throw new Error(`it uses the type ${name}, which it does not define`);
    const type = this.struct(definition, [...within, name]);
    this.#types.set(name, type);
    return type;
  }

  #primitive(name: string): Type {
    if (isNumberKind(name)) {
      const readMany = (cursor: RosCursor, count: number): Plain => cursor.numbers(name, count);
      return { read: (cursor) => cursor.number(name), readMany, minBytes: NUMBER_BYTES[name] };
    }
    const isRos2 = this.#generation === 2;
    switch (name) {
      case "bool":
        return repeated((cursor) => cursor.number("uint8") !== 0, 1);
      case "string":
        return repeated((cursor) => cursor.text(isRos2), 4);
      case "time":
        return isRos2 ? repeated(readRos2Time, 8) : repeated(readTime, 8);
      case "duration":
        return isRos2 ? repeated(readRos2Time, 8) : repeated(readDuration, 8);
    }
    throw new Error(`it uses the type ${name}, which cannot be read here`);
  }
}

function repeated(read: Reader, minBytes: number): Type {
  const readMany = (cursor: RosCursor, count: number): Plain => {
    cursor.expect(count, minBytes);
    if (minBytes === 0) cursor.countEmpty(count);
    return Array.from({ length: count }, () => read(cursor));
  };
  return { read, readMany, minBytes };
}

function arrayOf(type: Type, length: number | undefined): Type {
  if (length !== undefined) return repeated((cursor) => type.readMany(cursor, length), length * type.minBytes);
  return repeated((cursor) => type.readMany(cursor, cursor.length()), 4);
}

function isNumberKind(name: string): name is NumberKind {
  return Object.hasOwn(NUMBER_BYTES, name);
}

const readFiller: Reader = (cursor) => {
  cursor.number("uint8");
  return {};
};
const readTime: Reader = (cursor) => ({ sec: cursor.number("uint32"), nsec: cursor.number("uint32") });
const readDuration: Reader = (cursor) => ({ sec: cursor.number("int32"), nsec: cursor.number("int32") });
const readRos2Time: Reader = (cursor) => ({ sec: cursor.number("int32"), nanosec: cursor.number("uint32") });
