/**
 * Names and addresses that cannot work, told before anything is served.
 */
import { isHostName } from "../../adapters/sse/server/origin.ts";
import { OptionConflict } from "../errors.ts";
import type { ServeOptions } from "./options.ts";

/** What is wrong with the address to listen on, or with a name to be asked by; `undefined`: nothing is. */
export function hostsConflict(
  { host, allowHosts }: Pick<ServeOptions, "host" | "allowHosts">,
): OptionConflict | undefined {
  if (host?.trim() === "") {
    return new OptionConflict({ detail: "--host is empty: give the address to listen on, or leave it out" });
  }
  const wrong = allowHosts.find((name) => !isHostName(name));
  if (wrong === undefined) return undefined;
  return new OptionConflict({
    detail: `--allow-host takes a name without scheme, port and path: ${adviceFor(wrong)}`,
  });
}

/** A URL is not told, as a token may be in it. */
function adviceFor(text: string): string {
  const name = nameIn(text);
  if (name !== undefined) return `write ${name}`;
  const given = `received ${JSON.stringify(text.slice(0, 100))}`;
  return text.includes("*")
    ? `${given}, but there are no patterns; write the whole name, for example rover.example`
    : `${given}; write it like rover.example`;
}

/** The name in what was pasted: a URL, a name with a port, an address of IPv6 without its brackets. */
function nameIn(text: string): string | undefined {
  const bare = text.trim();
  for (const url of [bare, `http://${bare}`, `http://[${bare}]`]) {
    // `name:80` is a URL of the scheme `name`, and has no host.
    const name = URL.canParse(url) ? new URL(url).hostname : "";
    if (isHostName(name)) return name;
  }
  return undefined;
}
