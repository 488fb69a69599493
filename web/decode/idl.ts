/**
 * Definitions in IDL, as far as ROS 2 writes them: modules, structs, constants, enums and names for arrays.
 */
import { MAX_DEPTH } from "./limits.ts";
import type { MessageDefinition, MessageDefinitionField } from "./ros_schema.ts";

/**
 * Words, numbers, texts and signs; what is between them is left out. A comment or a text that is not closed goes to the
 * end, so that no text takes more than one pass.
 */
const TOKEN =
  /\s+|\/\/[^\n]*|\/\*(?:[\s\S]*?\*\/|[\s\S]*)|#[^\n]*|^={3,}|^IDL:[^\n]*|("(?:[^"\\]|\\[\s\S])*"?|'(?:[^'\\]|\\[\s\S])*'?|(?:::)?[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*|-?[\d.][\w.+]*|[^\s\w])/gmy;

/** IDL's names of types, in ROS's. */
const primitives: ReadonlyMap<string, string> = new Map([
  ["boolean", "bool"],
  ["octet", "uint8"],
  ["char", "uint8"],
  ["short", "int16"],
  ["unsigned short", "uint16"],
  ["long", "int32"],
  ["unsigned long", "uint32"],
  ["long long", "int64"],
  ["unsigned long long", "uint64"],
  ["float", "float32"],
  ["double", "float64"],
  ["string", "string"],
  ...["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"].map((name) => [name, name] as const),
]);
/** Words that a type's name may consist of several of. */
const MANY_WORDS: ReadonlySet<string> = new Set(["unsigned", "long"]);

/** A type as it was used; names are resolved when all are known. */
interface Used {
  readonly name: string;
  readonly isArray: boolean;
  readonly length?: number | undefined;
}

interface Struct {
  readonly name: string;
  readonly fields: ReadonlyArray<{ readonly name: string; readonly type: Used }>;
}

/**
 * The definitions in a text, that of the type of this name first (`geometry_msgs/msg/Twist`).
 *
 * @throws when it cannot be read, or does not define the type.
 */
export function parseIdl(text: string, name: string): ReadonlyArray<MessageDefinition> {
  const parser = new IdlParser(tokensOf(text));
  parser.all();
  const wanted = name.replaceAll("/", "::");
  const root = parser.structs.get(wanted) ?? parser.structs.get(wanted.replace(/^(\w+)::(\w+)$/, "$1::msg::$2"));
  if (root === undefined) throw new Error(`it does not define ${name}`);
  const others = [...parser.structs.values()].filter((struct) => struct !== root);
  return [root, ...others].map((struct) => parser.definition(struct));
}

function tokensOf(text: string): ReadonlyArray<string> {
  const tokens: Array<string> = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new Error(`what begins with ${JSON.stringify(text.slice(at, at + 20))} cannot be read`);
    if (found[1] !== undefined) tokens.push(found[1]);
  }
  return tokens;
}

class IdlParser {
  readonly structs = new Map<string, Struct>();
  readonly #names = new Map<string, Used>();
  readonly #constants = new Map<string, number>();
  readonly #tokens: ReadonlyArray<string>;
  #at = 0;

  constructor(tokens: ReadonlyArray<string>) {
    this.#tokens = tokens;
  }

  /** Reads everything. */
  all(): void {
    while (this.#at < this.#tokens.length) this.#definition([]);
  }

  /** A struct as the readers of ROS messages want it. */
  definition({ name, fields }: Struct): MessageDefinition {
    const scope = name.split("::").slice(0, -1);
    return { name, definitions: fields.map((field) => this.#field(field.name, field.type, scope)) };
  }

  #field(name: string, used: Used, scope: ReadonlyArray<string>, depth = 0): MessageDefinitionField {
    if (depth > MAX_DEPTH) throw new Error(`the type ${used.name} stands for itself`);
    const primitive = primitives.get(used.name);
    const full = primitive ?? this.#resolve(used.name, scope);
    const alias = this.#names.get(full);
    if (alias === undefined) {
      const { isArray, length } = used;
      return { name, type: full, isComplex: primitive === undefined, isArray, arrayLength: length };
    }
    if (alias.isArray && used.isArray) throw new Error(`${name} is an array of arrays, which cannot be read here`);
    const merged = used.isArray ? { ...used, name: alias.name } : alias;
    return this.#field(name, merged, full.split("::").slice(0, -1), depth + 1);
  }

  /** The full name of a type that is used within modules. */
  #resolve(name: string, scope: ReadonlyArray<string>): string {
    if (name.startsWith("::")) return name.slice(2);
    for (let depth = scope.length; depth >= 0; depth -= 1) {
      const full = [...scope.slice(0, depth), name].join("::");
      if (this.structs.has(full) || this.#names.has(full)) return full;
    }
    throw new Error(`it uses the type ${name}, which it does not define`);
  }

  #definition(scope: ReadonlyArray<string>): void {
    this.#annotations();
    const word = this.#next();
    switch (word) {
      case "module": {
        const inner = [...scope, this.#next()];
        this.#expect("{");
        while (!this.#take("}")) this.#definition(inner);
        break;
      }
      case "struct":
        this.#struct(scope);
        break;
      case "typedef": {
        const type = this.#type();
        const name = this.#next();
        this.#names.set([...scope, name].join("::"), this.#dimensions(type));
        break;
      }
      case "const": {
        this.#type();
        const name = this.#next();
        this.#expect("=");
        const value = Number(this.#next());
        if (Number.isInteger(value)) this.#constants.set(name, value);
        while (this.#peek() !== ";") this.#next();
        break;
      }
      case "enum": {
        const name = this.#next();
        this.#names.set([...scope, name].join("::"), { name: "unsigned long", isArray: false });
        while (!this.#take("}")) this.#next();
        break;
      }
      default:
        throw new Error(`${JSON.stringify(word)} is not known here`);
    }
    this.#take(";");
  }

  #struct(scope: ReadonlyArray<string>): void {
    const name = [...scope, this.#next()].join("::");
    this.#expect("{");
    const fields: Array<{ name: string; type: Used }> = [];
    while (!this.#take("}")) {
      this.#annotations();
      const type = this.#type();
      do {
        const field = this.#next();
        fields.push({ name: field, type: this.#dimensions(type) });
      } while (this.#take(","));
      this.#expect(";");
    }
    this.structs.set(name, { name, fields });
  }

  /** A type; with a sequence the array is part of it. */
  #type(): Used {
    const word = this.#next();
    if (word === "sequence") {
      this.#expect("<");
      const item = this.#type();
      if (item.isArray) throw new Error("a sequence of sequences cannot be read here");
      if (this.#take(",")) this.#next();
      this.#expect(">");
      return { name: item.name, isArray: true };
    }
    let name = word;
    while (MANY_WORDS.has(name.split(" ").at(-1) ?? "") && /^(?:short|long|double)$/.test(this.#peek() ?? "")) {
      name += ` ${this.#next()}`;
    }
    if (this.#take("<")) {
      this.#next();
      this.#expect(">");
    }
    return { name, isArray: false };
  }

  /** What stands behind a name: `[3][3]`. */
  #dimensions(type: Used): Used {
    let length: number | undefined;
    while (this.#take("[")) {
      const size = this.#next();
      const value = this.#constants.get(size) ?? Number(size);
      if (!Number.isInteger(value) || value < 0) throw new Error(`${size} is no length of an array`);
      length = (length ?? 1) * value;
      this.#expect("]");
    }
    if (length === undefined) return type;
    if (type.isArray) throw new Error("an array of sequences cannot be read here");
    return { name: type.name, isArray: true, length };
  }

  /** `@unit (value="m")` and the like mean nothing to a reader. */
  #annotations(): void {
    while (this.#take("@")) {
      this.#next();
      if (!this.#take("(")) continue;
      for (let depth = 1; depth > 0;) {
        const token = this.#next();
        if (token === "(") depth += 1;
        else if (token === ")") depth -= 1;
      }
    }
  }

  #peek(): string | undefined {
    return this.#tokens[this.#at];
  }

  #next(): string {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new Error("it ends in the middle of a definition");
    this.#at += 1;
    return token;
  }

  #take(wanted: string): boolean {
    if (this.#peek() !== wanted) return false;
    this.#at += 1;
    return true;
  }

  #expect(wanted: string): void {
    const found = this.#next();
    if (found !== wanted) throw new Error(`there is ${JSON.stringify(found)} where ${wanted} should be`);
  }
}
