/**
 * Messages in Protocol Buffers.
 */
import { createFileRegistry, type DescEnum, type DescField, fromBinary } from "@bufbuild/protobuf";
import { isReflectMessage, reflect, type ReflectMessage } from "@bufbuild/protobuf/reflect";
import { FeatureSet_FieldPresence, FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { MAX_DEPTH } from "./limits.ts";
import { type Plain, setPart } from "./plain.ts";

/** Types that are a time, and are shown as ROS writes it. */
const TIMES: ReadonlySet<string> = new Set(["google.protobuf.Timestamp", "google.protobuf.Duration"]);

/**
 * Reads `protobuf` messages of a type that a `FileDescriptorSet` describes.
 *
 * @throws when there is something wrong with the schema.
 */
export function protobufReader(name: string, schema: Uint8Array): (data: Uint8Array) => Plain {
  const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, schema));
  const type = registry.getMessage(name);
  if (type === undefined) throw new Error(`it describes no message of the type ${name}`);
  return (data) => {
    const message = fromBinary(type, data, { recursionLimit: MAX_DEPTH, readUnknownFields: false });
    return plainMessage(reflect(type, message, false));
  };
}

function plainMessage(message: ReflectMessage): Plain {
  const { desc } = message;
  if (TIMES.has(desc.typeName)) return plainTime(message);
  const record: Record<string, Plain> = {};
  for (const field of desc.fields) {
    // What is not there is left out where that means something, as in a choice; elsewhere it is zero.
    const isOptional = field.presence !== FeatureSet_FieldPresence.IMPLICIT;
    if (isOptional && !message.isSet(field)) continue;
    setPart(record, field.name, plainField(message, field));
  }
  return record;
}

function plainField(message: ReflectMessage, field: DescField): Plain {
  switch (field.fieldKind) {
    case "scalar":
      return message.get(field);
    case "enum":
      return valueName(field.enum, message.get(field));
    case "message":
      return plainMessage(message.get(field));
    case "list":
      return Array.from(message.get(field), (item) => plainItem(field.enum, item));
    case "map":
      return plainMap(message.get(field), field.enum);
  }
}

function plainMap(map: Iterable<readonly [unknown, unknown]>, values: DescEnum | undefined): Plain {
  const record: Record<string, Plain> = {};
  for (const [key, value] of map) setPart(record, String(key), plainItem(values, value));
  return record;
}

function plainItem(values: DescEnum | undefined, item: unknown): Plain {
  if (values !== undefined && typeof item === "number") return valueName(values, item);
  if (isReflectMessage(item)) return plainMessage(item);
  return isScalar(item) ? item : null;
}

/** A number that the enum has no name for stays a number. */
function valueName(values: DescEnum, number: number): Plain {
  return values.value[number]?.name ?? number;
}

function plainTime(message: ReflectMessage): Plain {
  const [seconds, nanos] = message.desc.fields.map((field) => plainField(message, field));
  return { sec: typeof seconds === "bigint" ? Number(seconds) : 0, nsec: typeof nanos === "number" ? nanos : 0 };
}

function isScalar(value: unknown): value is boolean | number | bigint | string | Uint8Array {
  switch (typeof value) {
    case "boolean":
    case "number":
    case "bigint":
    case "string":
      return true;
    default:
      return value instanceof Uint8Array;
  }
}
