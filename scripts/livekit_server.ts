/**
 * Where the LiveKit server of the tests comes from.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cached, type CacheOptions, SetupError } from "./cached.ts";
import { run } from "./house.ts";
import { skipLiveKit } from "./skips.ts";

/** The version that is built. One on the PATH has to have its major and minor number. */
export const livekitVersion = "1.13.5";

/** Names the server to use: a path. */
export const serverVariable = "FIELDLINK_LIVEKIT_SERVER";

/** Where to look. */
export interface ServerSearch extends CacheOptions {
  /** Default: this process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Builds the pinned version into a folder. Default: `go install`. */
  readonly build?: (folder: string) => Promise<void>;
}

/** A server that was found. */
export interface FoundServer {
  readonly path: string;
  /** The place it was found in, in words. */
  readonly from: string;
}

const windows = process.platform === "win32";
const remedy =
  `install Go, put livekit-server ${minor(livekitVersion)} on the PATH, set ${serverVariable} to its path, ` +
  `or set ${skipLiveKit}=1 to leave these tests out`;

function minor(version: string): string {
  return version.split(".").slice(0, 2).join(".");
}

/**
 * Finds the server: named by the environment, on the PATH, built before; or builds it, which takes a minute or two.
 * Rejects with a {@linkcode SetupError}.
 */
export async function findLiveKitServer(search: ServerSearch = {}): Promise<FoundServer> {
  const env = search.env ?? process.env;
  const named = env[serverVariable];
  if (named !== undefined && named !== "") {
    if (await versionOf(named) !== undefined) return { path: named, from: serverVariable };
    throw new SetupError(`${serverVariable} is "${named}", which does not run as livekit-server: correct or unset it`);
  }
  const name = windows ? "livekit-server.exe" : "livekit-server";
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder === "" || !existsSync(path)) continue;
    const version = await versionOf(path);
    if (version !== undefined && minor(version) === minor(livekitVersion)) return { path, from: "the PATH" };
  }
  const cacheName = `livekit-server-${livekitVersion}-${process.platform}-${process.arch}`;
  const folder = await cached(cacheName, search.build ?? goInstall, search);
  return { path: join(folder, windows ? "server.exe" : "server"), from: "the cache" };
}

async function versionOf(path: string): Promise<string | undefined> {
  const { code, stdout } = await run([path, "--version"], { limit: 30 });
  return code === 0 ? /^livekit-server version (\d+\.\d+\.\d+)/.exec(stdout)?.[1] : undefined;
}

async function goInstall(folder: string): Promise<void> {
  if ((await run(["go", "version"], { limit: 30 })).code !== 0) {
    throw new SetupError(`no livekit-server ${minor(livekitVersion)} and no Go to build it with: ${remedy}`);
  }
  const module = `github.com/livekit/livekit-server/cmd/server@v${livekitVersion}`;
  const { code, output } = await run(["go", "install", module], { env: { GOBIN: folder } });
  if (code === 0) return;
  const last = output.trim().split("\n").at(-1) ?? "";
  throw new SetupError(`livekit-server ${livekitVersion} could not be built (go install: ${last}): ${remedy}`);
}
