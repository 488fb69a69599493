/**
 * The schema table: each schema travels once per connection (wire protocol, section 3.5).
 */
import type { Schema, TableSchema } from "./messages.ts";
import { readSchema } from "./schema.ts";
import { schemaDigest } from "./schema_digest.ts";
import { type InvalidSchemaText, UnknownSchemaId } from "./schema_errors.ts";

/**
 * Which schemas one connection instance of one viewer has been told, and under which ids: a digest each, no schema. An
 * id, once given, counts as told: the message that defines it must be queued in the same step.
 */
export class SchemaTableWriter {
  readonly #ids: Map<string, number> = new Map();

  /** The number of schemas told. */
  get size(): number {
    return this.#ids.size;
  }

  /** The id of a schema that has been told. */
  idOf(schema: Schema): number | undefined {
    return this.#ids.get(schemaDigest(schema));
  }

  /** The id of a schema; the next free one where it has not been told. */
  allocate(schema: Schema): number {
    const digest = schemaDigest(schema);
    const known = this.#ids.get(digest);
    if (known !== undefined) return known;
    const id = this.#ids.size + 1;
    this.#ids.set(digest, id);
    return id;
  }

  /** Forgets everything: to be called where a `serverInfo` is sent. */
  reset(): void {
    this.#ids.clear();
  }
}

/** How many schemas a reader keeps of one connection. */
export const MAX_SCHEMAS = 65_536;

/** The schemas that a device has told on one connection. */
export class SchemaTableReader {
  readonly #schemas: Map<number, Schema | InvalidSchemaText> = new Map();

  /** The number of schemas told. */
  get size(): number {
    return this.#schemas.size;
  }

  /**
   * Takes the rows of a message. Ids are not reused; where a peer does it all the same, the later row counts. What is
   * beyond {@linkcode MAX_SCHEMAS} is left out, and channels that refer to it are refused.
   */
  define(rows: ReadonlyArray<TableSchema>): void {
    for (const row of rows) {
      if (this.#schemas.size >= MAX_SCHEMAS && !this.#schemas.has(row.id)) continue;
      this.#schemas.set(row.id, readSchema(row.name, row.encoding, row.data));
    }
  }

  /** The schema of an id. Channels of one id get the same object. */
  resolve(schemaId: number): Schema | InvalidSchemaText | UnknownSchemaId {
    return this.#schemas.get(schemaId) ?? new UnknownSchemaId({ schemaId });
  }

  /** Forgets everything: to be called where a `serverInfo` is read. */
  reset(): void {
    this.#schemas.clear();
  }
}
