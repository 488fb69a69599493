/**
 * Which room of the house may import what. Arrows point inwards: cli, web -> files, adapters -> transport <- core.
 *
 * @module
 */
import { posix } from "node:path";

/** What a folder may import beside its own files. */
export interface Room {
  /** The folder, or the file, with the longest match deciding. */
  readonly path: string;
  /** Folders and files of the project; a folder ends with a slash. */
  readonly project: ReadonlyArray<string>;
  /** Packages and built-in modules, each with its sub-paths; `*` for any. */
  readonly packages: ReadonlyArray<string>;
}

/** What a user's program can import. */
const publicEntries: ReadonlyArray<string> = ["mod.ts", "testing.ts", "transport/mod.ts"];

/** The rooms, and the arrows between them. */
export const rooms: ReadonlyArray<Room> = [
  { path: "transport/", project: [], packages: ["effect"] },
  { path: "core/", project: ["transport/"], packages: ["effect"] },
  { path: "adapters/", project: ["transport/", "core/protocol/", "core/resume/"], packages: ["*"] },
  { path: "files/", project: ["mod.ts", "transport/mod.ts"], packages: ["*"] },
  { path: "cli/", project: [...publicEntries, "adapters/", "files/", "page/mod.ts"], packages: ["*"] },
  { path: "web/", project: [...publicEntries, "adapters/"], packages: ["*"] },
  { path: "examples/", project: [...publicEntries, "adapters/", "files/mod.ts", "page/mod.ts"], packages: ["*"] },
  { path: "mod.ts", project: ["transport/", "core/"], packages: [] },
  { path: "testing.ts", project: ["transport/", "core/", "adapters/"], packages: [] },
];

function matches(path: string, pattern: string): boolean {
  return pattern.endsWith("/") ? path.startsWith(pattern) : path === pattern;
}

/** The folder that counts as a file's own: an adapter's is its own folder, not that of all adapters. */
function ownFolder(file: string, room: Room): string {
  if (!room.path.endsWith("/")) return file;
  return room.path === "adapters/" ? file.split("/").slice(0, 2).join("/") + "/" : room.path;
}

/** Why a file may not import something; `undefined` when it may. Paths are relative to the project's folder. */
export function refusal(file: string, specifier: string): string | undefined {
  const room = rooms.find(({ path }) => matches(file, path));
  if (specifier === "effect") return 'import effect by sub-path, for example "effect/Effect"';
  if (room === undefined) return undefined;
  if (specifier.startsWith(".") || specifier.startsWith("/")) {
    const target = posix.join(posix.dirname(file), specifier);
    if (matches(target, ownFolder(file, room)) || room.project.some((pattern) => matches(target, pattern))) {
      return undefined;
    }
    return `${room.path} may import ${list(room.project)} of the project, not ${target}`;
  }
  const allowed = room.packages.some((name) => name === "*" || specifier === name || specifier.startsWith(`${name}/`));
  return allowed ? undefined : `${room.path} may import ${list(room.packages)}, not ${specifier}`;
}

function list(names: ReadonlyArray<string>): string {
  return names.length === 0 ? "nothing else" : names.join(", ");
}

/** Whether a file is a table of contents: it may only re-export. */
export function reExportsOnly(file: string): boolean {
  return file === "testing.ts" || file === "files/mod.ts" ||
    /^((core|transport|adapters)\/(.*\/)?)?mod\.ts$/.test(file);
}
