/**
 * The parameters of a store: what is declared, what they hold, and how much that is.
 */
import type { Parameter } from "../protocol/parameter.ts";
import { parameterJson } from "../protocol/parameter_json.ts";
import { conform, kindOf, type ParameterKind } from "./parameter_kind.ts";
import type { ParameterStoreLimits } from "./parameter_limits.ts";
import { ParameterRefused, type ParameterRefusedReason } from "./parameter_refused.ts";
import type { ParameterDeclaration } from "./parameter_store_options.ts";

/** A declared parameter and what it holds. */
export interface ParameterEntry {
  readonly declaration: ParameterDeclaration;
  readonly kind: ParameterKind;
  readonly isSaved: boolean;
  /** Without a value it is unset. */
  parameter: Parameter;
  /** Its bytes as JSON. */
  bytes: number;
}

/** A value that an entry can take. */
export interface Conformed {
  readonly entry: ParameterEntry;
  readonly parameter: Parameter;
}

const encoder = new TextEncoder();

/** The parameters by name, in the order in which they were declared. */
export class ParameterEntries {
  readonly #limits: ParameterStoreLimits;
  readonly #byName = new Map<string, ParameterEntry>();
  /** What was loaded and is not declared: an older or newer program's. It is saved again as it was. */
  readonly #foreign = new Map<string, Parameter>();
  #bytes = 0;

  constructor(limits: ParameterStoreLimits) {
    this.#limits = limits;
  }

  get(name: string): ParameterEntry | undefined {
    return this.#byName.get(name);
  }

  /** All of them. */
  values(): Iterable<ParameterEntry> {
    return this.#byName.values();
  }

  /** What is to be saved. */
  saved(): ReadonlyArray<Parameter> {
    const own = [...this.#byName.values()].filter(({ isSaved, parameter }) => isSaved && parameter.value !== undefined);
    return [...own.map(({ parameter }) => parameter), ...this.#foreign.values()];
  }

  /** Adds a parameter, or says what is wrong with its declaration. */
  declare(declaration: ParameterDeclaration): ParameterEntry | string {
    const { name, value, type, readOnly = false, persist = !readOnly } = declaration;
    if (typeof name !== "string" || name === "" || !name.isWellFormed()) {
      return `a parameter's name must be text that is not empty: received ${JSON.stringify(name)}`;
    }
    const shown = JSON.stringify(name);
    if (this.#byName.has(name)) return `the parameter ${shown} is declared already`;
    if (this.#count >= this.#limits.parameters) {
      return `the parameter ${shown} is one too many: ${this.#limits.parameters} may be declared`;
    }
    const given = value === undefined ? { name } : { name, value };
    const kind = type ?? kindOf(given);
    const parameter = conform(kind, given);
    if (typeof parameter === "string") return `the parameter ${shown} cannot be as declared: ${parameter}`;
    const entry = { declaration, kind, isSaved: persist, parameter, bytes: bytesOf(parameter) };
    if (this.#bytes + entry.bytes > this.#limits.bytes) {
      return `the parameter ${shown} is too large: all together may have ${this.#limits.bytes} bytes`;
    }
    this.#bytes += entry.bytes;
    this.#byName.set(name, entry);
    return entry;
  }

  /** Keeps what was loaded and is not declared; `false`: there is no room for it. */
  keepForeign(parameter: Parameter): boolean {
    const bytes = bytesOf(parameter);
    if (this.#count >= this.#limits.parameters || this.#bytes + bytes > this.#limits.bytes) return false;
    this.#foreign.set(parameter.name, parameter);
    this.#bytes += bytes;
    return true;
  }

  /** What was loaded for a parameter before it was declared. It is not foreign any more. */
  takeForeign(name: string): Parameter | undefined {
    const parameter = this.#foreign.get(name);
    if (parameter === undefined) return undefined;
    this.#foreign.delete(name);
    this.#bytes -= bytesOf(parameter);
    return parameter;
  }

  /** The entries that parameters are for, with the values as they will be kept. Of a repeated name the last counts. */
  conform(parameters: ReadonlyArray<Parameter>, isViewer: boolean): ReadonlyArray<Conformed> | ParameterRefused {
    const byName = new Map<string, Conformed>();
    for (const given of parameters) {
      const entry = this.#byName.get(given.name);
      if (entry === undefined) return refused(given.name, "unknown", "there is no such parameter");
      const { readOnly = false, optional = false } = entry.declaration;
      if (isViewer && readOnly) return refused(given.name, "read-only", "viewers may not set it");
      if (isViewer && !optional && given.value === undefined) {
        return refused(given.name, "wrong-type", "it may not be unset");
      }
      const parameter = conform(entry.kind, given);
      if (typeof parameter === "string") return refused(given.name, "wrong-type", parameter);
      byName.set(given.name, { entry, parameter });
    }
    return [...byName.values()];
  }

  /** Puts all values in place, or none when they are too large together. */
  assign(values: ReadonlyArray<Conformed>): ParameterRefused | undefined {
    const sizes = values.map(({ parameter }) => bytesOf(parameter));
    const growth = values.reduce((sum, { entry }, index) => sum + sizes[index]! - entry.bytes, 0);
    const first = values[0];
    if (first !== undefined && growth > 0 && this.#bytes + growth > this.#limits.bytes) {
      const detail = `all parameters together would have ${
        this.#bytes + growth
      } bytes, and may have ${this.#limits.bytes}`;
      return refused(first.parameter.name, "too-large", detail);
    }
    this.#bytes += growth;
    values.forEach(({ entry, parameter }, index) => {
      entry.parameter = parameter;
      entry.bytes = sizes[index]!;
    });
    return undefined;
  }

  get #count(): number {
    return this.#byName.size + this.#foreign.size;
  }
}

/** An error about a parameter. */
export function refused(
  name: string,
  reason: ParameterRefusedReason,
  detail: string,
  cause?: unknown,
): ParameterRefused {
  return new ParameterRefused({ name, reason, detail, cause });
}

function bytesOf(parameter: Parameter): number {
  return encoder.encode(parameterJson(parameter)).byteLength;
}
