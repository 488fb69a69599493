/**
 * Parameters kept in a file.
 */
import type * as Cause from "effect/Cause";
import * as Data from "effect/Data";
import { type FileHandle, open, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { codeOf } from "./error_code.ts";
import { formatParameters, type Parameter, type ParameterPersistence, parseParameters } from "../mod.ts";

/** What is wrong: the file holds no parameters, has more bytes than are read, or cannot be read or written. */
export type ParameterFileErrorReason = "corrupt" | "too-large" | "unreadable" | "unwritable";

/** Fields of {@linkcode ParameterFileError}. */
export interface ParameterFileErrorFields {
  /** The path as it was given. */
  readonly file: string;
  /** What is wrong, as a class. */
  readonly reason: ParameterFileErrorReason;
  /** What is wrong, in words. */
  readonly detail: string;
  /** The underlying error, if there was one. */
  readonly cause?: unknown;
}

const ParameterFileErrorBase: new (fields: ParameterFileErrorFields) =>
  & Cause.YieldableError
  & { readonly _tag: "ParameterFileError" }
  & Readonly<ParameterFileErrorFields> = Data.TaggedError("ParameterFileError");

/**
 * A file of parameters cannot be read or written. It is left as it is.
 *
 * @example
 * ```ts
 * import { ParameterFileError } from "@fieldlink/fieldlink/files";
 *
 * const error = new ParameterFileError({ file: "rover.json", reason: "corrupt", detail: "it ends too early" });
 * console.log(error.message); // the file of parameters "rover.json": it ends too early
 * ```
 */
export class ParameterFileError extends ParameterFileErrorBase {
  /** What was wrong, in one line. */
  override get message(): string {
    return `the file of parameters "${this.file}": ${this.detail}`;
  }
}

/** How a file of parameters is read. */
export interface ParameterFileOptions {
  /** The largest file that is read, in bytes; a larger one is refused. Default: 16 MiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 16 * 1024 * 1024;
/** What the name of a temporary file ends with: the process, and a number within it. */
const LEFTOVER_END = /^\d+-\d+\.tmp$/;
/** Sets the temporary files of one process apart. */
let written = 0;

/**
 * Keeps parameters in a JSON file, for `ParameterStore.open`. A person may edit it while no store has it open.
 *
 * Saving writes a temporary file beside it, waits until that is on the disk, and puts it in the file's place: whenever the
 * program is killed or the power fails, the file is the old one or the new one, whole. One write is under way at a time;
 * what is saved meanwhile is written once, the latest. Where the path is a link, the file that it leads to is replaced.
 *
 * A file that is not there counts as empty. One that cannot be read, or holds something else, fails with a
 * {@linkcode ParameterFileError} and is left as it is: a store that cannot load does not open, and does not save. One
 * process at a time may have the file.
 *
 * @example
 * ```ts
 * import { ParameterStore } from "@fieldlink/fieldlink";
 * import { parameterFile } from "@fieldlink/fieldlink/files";
 *
 * async function open() {
 *   return await ParameterStore.open({
 *     parameters: [{ name: "max_speed", value: 1.5 }],
 *     persistence: parameterFile("rover.json"),
 *   });
 * }
 * console.log(open);
 * ```
 */
export function parameterFile(path: string, options: ParameterFileOptions = {}): ParameterPersistence {
  const { maxBytes = MAX_BYTES } = options;
  const writes = new LatestWrite((text) => replaceFile(path, text));
  return {
    load: () => loadFile(path, maxBytes),
    save: (parameters) => writes.write(formatParameters(parameters)),
  };
}

async function loadFile(path: string, maxBytes: number): Promise<ReadonlyArray<Parameter>> {
  const failed = (reason: ParameterFileErrorReason, detail: string, cause?: unknown): never => {
    throw new ParameterFileError({ file: path, reason, detail, cause });
  };
  const bytes = await readBytes(path, maxBytes, failed);
  if (bytes === undefined) return [];
  await removeLeftovers(path);
  const text = decode(bytes) ?? failed("corrupt", "it is no UTF-8; mend it, or move it away to start afresh");
  const parameters = parseParameters(text);
  if ("_tag" in parameters) {
    return failed("corrupt", `${parameters.message}; mend it, or move it away to start afresh`, parameters);
  }
  return parameters;
}

async function readBytes(
  path: string,
  maxBytes: number,
  failed: (reason: ParameterFileErrorReason, detail: string, cause?: unknown) => never,
): Promise<Uint8Array | undefined> {
  const status = await stat(path).catch((error) =>
    isMissing(error) ? undefined : failed("unreadable", wordsOf(error), error)
  );
  if (status === undefined) return undefined;
  if (!status.isFile()) return failed("unreadable", "it is no file");
  if (status.size > maxBytes) return failed("too-large", `it has ${status.size} bytes, and ${maxBytes} are read`);
  return await readFile(path).catch((error) => failed("unreadable", wordsOf(error), error));
}

async function replaceFile(path: string, text: string): Promise<void> {
  try {
    const target = await realpath(path).catch((error) => isMissing(error) ? path : Promise.reject(error));
    written += 1;
    const temporary = join(dirname(target), `${leftoverStart(target)}${process.pid}-${written}.tmp`);
    try {
      await writeDown(temporary, text, await modeOf(target));
      await rename(temporary, target);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await flushFolder(dirname(target));
  } catch (cause) {
    throw new ParameterFileError({ file: path, reason: "unwritable", detail: wordsOf(cause), cause });
  }
}

async function writeDown(path: string, text: string, mode: number | undefined): Promise<void> {
  const handle = await open(path, "wx", mode);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  const status = await stat(path).catch(() => undefined);
  return status === undefined ? undefined : status.mode & 0o777;
}

/** Lets the new name survive a power failure, where folders can be flushed. */
async function flushFolder(path: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, "r");
    await handle.sync();
  } catch {
    // Not every system knows this; the file itself is on the disk, under its old or new name.
  } finally {
    await handle?.close();
  }
}

/** Removes what writers that were killed have left. */
async function removeLeftovers(path: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const names = await readdir(dirname(target)).catch(() => []);
  const start = leftoverStart(target);
  for (const name of names) {
    // Another file's may begin alike, as those of `p.json` and of `p.json.old` do.
    if (name.startsWith(start) && LEFTOVER_END.test(name.slice(start.length))) {
      await rm(join(dirname(target), name), { force: true });
    }
  }
}

function leftoverStart(target: string): string {
  return `.${basename(target)}.`;
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT";
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, " ") : String(error);
}

/** Writes one text at a time; of those that come meanwhile, only the latest. */
class LatestWrite {
  readonly #write: (text: string) => Promise<void>;
  #current: Promise<void> | undefined;
  #next: { readonly text: { latest: string }; readonly done: Promise<void> } | undefined;

  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  /** Settles once this text, or a later one, is written. */
  write(given: string): Promise<void> {
    if (this.#next !== undefined) {
      this.#next.text.latest = given;
      return this.#next.done;
    }
    const current = this.#current;
    if (current === undefined) return this.#start(given);
    const text = { latest: given };
    const done: Promise<void> = current.catch(() => undefined).then(() => {
      this.#next = undefined;
      return this.#start(text.latest);
    });
    this.#next = { text, done };
    return done;
  }

  #start(text: string): Promise<void> {
    const current = this.#write(text).finally(() => {
      if (this.#current === current) this.#current = undefined;
    });
    this.#current = current;
    return current;
  }
}
