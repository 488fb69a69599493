/**
 * Node's WebSocket, kept from losing the server's last word.
 *
 * Node inflates compressed messages a little after they have come, and forgets those that it has not inflated when the
 * connection ends. A LiveKit server says why somebody has to leave (replaced, removed, room deleted) in the last message
 * and ends the connection without more ado, so under Node the reason nearly always got lost. livekit-client then
 * resumes the connection, which a server may take for the instance that is there now: two of one identity disturb each
 * other. Where nothing is compressed nothing waits to be inflated.
 */

/** Where Node keeps what its requests go through, newest first. */
const dispatchers: ReadonlyArray<symbol> = ["2", "1"].map((version) =>
  Symbol.for(`undici.globalDispatcher.${version}`)
);

const EXTENSIONS = "sec-websocket-extensions";

interface Dispatcher {
  dispatch(options: object, handler: object): boolean;
}

let isDone = false;

/**
 * Has the signal connections of livekit-client made without compression, where the WebSocket is Node's own. Other
 * connections of the program are left as they are.
 */
export function keepLastWords(): void {
  if (isDone || !isNode()) return;
  isDone = true;
  globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
    construct: (target, args, newTarget) => Reflect.construct(target, withoutCompression(args), newTarget),
  });
}

function isNode(): boolean {
  if ("Deno" in globalThis || "Bun" in globalThis) return false;
  const process: unknown = Reflect.get(globalThis, "process");
  return typeof process === "object" && process !== null && "versions" in process &&
    typeof process.versions === "object" && process.versions !== null && "undici" in process.versions;
}

function withoutCompression(args: ReadonlyArray<unknown>): ReadonlyArray<unknown> {
  const [url, protocols = []] = args;
  const isPlain = typeof protocols === "string" || Array.isArray(protocols);
  return isPlain && isSignal(url) ? [url, { protocols, dispatcher: { dispatch } }] : args;
}

/** Whether livekit-client connects there: to `/rtc` or below, behind whatever path the server has, with a token. */
function isSignal(url: unknown): boolean {
  const text = url instanceof URL ? url.href : url;
  if (typeof text !== "string" || !URL.canParse(text)) return false;
  const { pathname, searchParams } = new URL(text);
  return /\/rtc(\/|$)/.test(pathname) && searchParams.has("access_token");
}

function dispatch(options: object, handler: object): boolean {
  const headers: unknown = Reflect.get(options, "headers");
  if (typeof headers === "object" && headers !== null && !Array.isArray(headers)) {
    Reflect.deleteProperty(headers, EXTENSIONS);
  }
  for (const place of dispatchers) {
    const found: unknown = Reflect.get(globalThis, place);
    if (isDispatcher(found)) return found.dispatch(options, handler);
  }
  throw new Error("this version of Node has nothing that its requests go through");
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === "object" && value !== null && "dispatch" in value && typeof value.dispatch === "function";
}
