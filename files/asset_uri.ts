/**
 * From an asset's URI to the names of folders and file that it means. Nothing here looks at a file system.
 */
import { AssetError } from "./asset_error.ts";

/** Characters of a URI that are read; a longer one is refused. */
export const MAX_URI_LENGTH = 2_048;
/** Characters of a refused URI that an error repeats. */
const SHOWN_LENGTH = 200;
const PACKAGE = "package://";
const SCHEME = /^[a-z][a-z0-9+.-]*:/i;
/** Separators and drive letters of other systems, control characters, and what is still encoded. */
const UNFIT = /[\\:\p{Cc}]|%[0-9a-f]{2}/iu;

/**
 * The names on the way from the folder to the file. Percent-encoding is taken off once. With a prefix, the URI must begin
 * with it, and what follows is the way; without, `package://` is taken off, and any other scheme refused.
 */
export function assetPath(uri: string, prefix: string | undefined): ReadonlyArray<string> {
  if (uri.length > MAX_URI_LENGTH) throw refused(uri, `a URI may have ${MAX_URI_LENGTH} characters`);
  const names = decoded(uri, relative(uri, prefix)).split("/");
  for (const name of names) {
    if (name === "") throw refused(uri, "it must name a file below the folder, without empty names on the way");
    // A leading dot covers "." and ".."; some systems drop a dot or space at the end, and would open another file.
    if (name.startsWith(".")) throw refused(uri, 'no name on the way may begin with "."');
    if (/[. ]$/.test(name)) throw refused(uri, "no name on the way may end with a dot or a space");
    if (UNFIT.test(name)) throw refused(uri, 'a name on the way has a character that is not served, or "%" twice');
  }
  return names;
}

/** An error about the URI. */
export function assetError(
  uri: string,
  reason: AssetError["reason"],
  detail: string,
  cause?: unknown,
): AssetError {
  const shown = uri.length > SHOWN_LENGTH ? `${uri.slice(0, SHOWN_LENGTH)}…` : uri;
  return new AssetError({ uri: shown.toWellFormed(), reason, detail, cause });
}

function refused(uri: string, detail: string): AssetError {
  return assetError(uri, "refused", detail);
}

function relative(uri: string, prefix: string | undefined): string {
  if (prefix !== undefined) {
    if (!uri.startsWith(prefix)) throw refused(uri, `it must begin with ${JSON.stringify(prefix)}`);
    return uri.slice(prefix.length);
  }
  if (uri.startsWith(PACKAGE)) return uri.slice(PACKAGE.length);
  if (SCHEME.test(uri)) throw refused(uri, `it must be relative, or begin with "${PACKAGE}"`);
  return uri;
}

function decoded(uri: string, path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refused(uri, "its percent-encoding is no UTF-8");
  }
}
