/**
 * The WebSocket of run-times outside browsers, mended for livekit-client's signal connections. Other connections of the
 * program are left as they are.
 *
 * The server's last word: Node inflates compressed messages a little after they have come, and forgets those that it has
 * not inflated when the connection ends. A LiveKit server says why somebody has to leave (replaced, removed, room
 * deleted) in the last message and ends the connection without more ado, so under Node the reason nearly always got
 * lost. livekit-client then resumes the connection, which a server may take for the instance that is there now: two of
 * one identity disturb each other. Where nothing is compressed nothing waits to be inflated.
 *
 * The last event: livekit-client closes a stream when its connection closes, which fails where an error has ended the
 * stream before. In a browser that is a line on the console, elsewhere the end of the process.
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

/** Mends what livekit-client will use, once. */
export function mendWebSocket(): void {
  const isNode = isNodes();
  if (isDone || !(isNode || "Deno" in globalThis || "Bun" in globalThis)) return;
  isDone = true;
  globalThis.WebSocket = new Proxy(globalThis.WebSocket, {
    construct(target, args, newTarget) {
      if (!isSignal(args)) return Reflect.construct(target, args, newTarget);
      const socket: WebSocket = Reflect.construct(target, isNode ? withoutCompression(args) : args, newTarget);
      guardClose(socket);
      return socket;
    },
  });
}

/** Whether the WebSocket is Node's. */
function isNodes(): boolean {
  if ("Deno" in globalThis || "Bun" in globalThis) return false;
  const process: unknown = Reflect.get(globalThis, "process");
  return typeof process === "object" && process !== null && "versions" in process &&
    typeof process.versions === "object" && process.versions !== null && "undici" in process.versions;
}

/** Whether livekit-client connects there: to `/rtc` or below, behind whatever path the server has, with a token. */
function isSignal([url, protocols = []]: ReadonlyArray<unknown>): boolean {
  const text = url instanceof URL ? url.href : url;
  if (!Array.isArray(protocols) || typeof text !== "string" || !URL.canParse(text)) return false;
  const { pathname, searchParams } = new URL(text);
  return /\/rtc(\/|$)/.test(pathname) && searchParams.has("access_token");
}

/** What its `onclose` throws goes nowhere. */
function guardClose(socket: WebSocket): void {
  let handler: WebSocket["onclose"] = null;
  socket.addEventListener("close", (event) => {
    try {
      handler?.call(socket, event);
    } catch {
      // The stream of the connection has ended before.
    }
  });
  Object.defineProperty(socket, "onclose", {
    configurable: true,
    get: () => handler,
    set: (value) => handler = typeof value === "function" ? value : null,
  });
}

function withoutCompression([url, protocols = []]: ReadonlyArray<unknown>): ReadonlyArray<unknown> {
  return [url, { protocols, dispatcher: { dispatch } }];
}

function dispatch(options: object, handler: object): boolean {
  const headers: unknown = Reflect.get(options, "headers");
  if (typeof headers === "object" && headers !== null) Reflect.deleteProperty(headers, EXTENSIONS);
  for (const place of dispatchers) {
    const found: unknown = Reflect.get(globalThis, place);
    if (isDispatcher(found)) return found.dispatch(options, handler);
  }
  throw new Error("this version of Node has nothing that its requests go through");
}

function isDispatcher(value: unknown): value is Dispatcher {
  return typeof value === "object" && value !== null && "dispatch" in value && typeof value.dispatch === "function";
}
