/**
 * The flags that say how a device is served over HTTP.
 */
import * as Option from "effect/Option";
import type * as Redacted from "effect/Redacted";
import * as Flag from "effect/cli/Flag";
import { OptionConflict } from "../errors.ts";
import { DEFAULT_PORT, LOOPBACK, type ServeOptions } from "./options.ts";

/** What `--serve` without a port is read as: 8787, or the next one that is free. */
const ANY = "any";
const MAX_PORT = 65_535;

/** The flags, the parsed values of which {@linkcode serveOptions} reads. */
export interface ServeFlags {
  readonly serve: Flag.Flag<Option.Option<string>>;
  readonly host: Flag.Flag<Option.Option<string>>;
  readonly insecure: Flag.Flag<boolean>;
  readonly allowHost: Flag.Flag<ReadonlyArray<string>>;
}

/** What the flags have been given as. */
export type ParsedServe = {
  readonly [Name in keyof ServeFlags]: ServeFlags[Name] extends Flag.Flag<infer A> ? A : never;
};

/** The flags that say how a device is served. */
export const serveFlags: ServeFlags = {
  serve: Flag.String("serve").pipe(
    Flag.withDescription(
      `Serve the device, and a page to view and drive it, over HTTP (port ${DEFAULT_PORT}, or the next that is free)`,
    ),
    Flag.withMetavar("[PORT]"),
    Flag.filter(
      (text) => text === ANY || isPort(text),
      (text) => `a port from 0 (any that is free) to ${MAX_PORT}: received "${text}"`,
    ),
    Flag.optional,
  ),
  host: Flag.String("host").pipe(
    Flag.withDescription(
      `Listen on this address, for others to reach: whoever has the printed token may view and drive the device, and ` +
        `without a token (--insecure) anyone on the network and any web page (default ${LOOPBACK})`,
    ),
    Flag.withMetavar("ADDRESS"),
    Flag.optional,
  ),
  insecure: Flag.Boolean("insecure").pipe(
    Flag.withDescription(
      "With --host or --allow-host, ask for no token: anyone on the network, and any web page that somebody on it opens, " +
        "may view and drive the device",
    ),
    Flag.withoutNegation,
    Flag.withDefault(false),
  ),
  allowHost: Flag.String("allow-host").pipe(
    Flag.withDescription(
      "A further name to be asked by, for example that of a tunnel, with a token unless --insecure; repeatable",
    ),
    Flag.withMetavar("NAME"),
    Flag.atLeast(0),
  ),
};

/** The parsed flags as options. */
export function serveOptions(
  given: ParsedServe,
  token: Option.Option<Redacted.Redacted<string>>,
): ServeOptions {
  const port = Option.getOrElse(given.serve, () => ANY);
  return {
    port: port === ANY ? undefined : Number(port),
    host: Option.getOrUndefined(given.host),
    token: Option.getOrUndefined(token),
    insecure: given.insecure,
    allowHosts: given.allowHost,
  };
}

/** Why flags that say how a device is served are given in vain where it is not; `undefined`: none is. */
export function unserved(
  { host, insecure, allowHost }: Omit<ParsedServe, "serve">,
  token: Option.Option<unknown>,
  remedy: string,
): OptionConflict | undefined {
  const given = {
    "--host": Option.isSome(host),
    "--allow-host": allowHost.length > 0,
    "--insecure": insecure,
    "--token": Option.isSome(token),
  };
  const names = Object.entries(given).flatMap(([name, isGiven]) => isGiven ? [name] : []);
  if (names.length === 0) return undefined;
  const [are, them] = names.length === 1 ? ["is", "it"] : ["are", "them"];
  return new OptionConflict({
    detail: `${
      names.join(" and ")
    } ${are} for a device that is served, and this one is not: leave ${them} out, ${remedy}`,
  });
}

/** `--serve` takes a port or none: without one it is given a value, which the parser of the command line needs. */
export function withBareServe(args: ReadonlyArray<string>): ReadonlyArray<string> {
  const end = args.indexOf("--");
  return args.map((arg, index) => {
    if (arg !== "--serve" || (end !== -1 && index > end)) return arg;
    const next = args[index + 1];
    return next !== undefined && /^-?\d+$/.test(next) ? arg : `--serve=${ANY}`;
  });
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= MAX_PORT;
}
