/**
 * What livekit-client leaves undone where data tracks are published, mended from outside. Each repair looks for what it
 * mends and leaves alone what has changed.
 */

/** What has been mended. */
const mended = new WeakSet<object>();

/**
 * A packet that cannot be sent any more, since the connection is being closed, is a rejection that livekit-client handles
 * nowhere: it would end the process.
 */
export function mendSending(room: object): void {
  const engine = objectIn(room, "engine");
  if (engine === undefined || mended.has(engine)) return;
  mended.add(engine);
  swallow(engine, "sendDataTrackFrame");
}

/**
 * Of the tracks that are published when a room ends, livekit-client tells a server that is there no more, by way of an
 * engine that is there no more: another rejection that is handled nowhere. And each track adds listeners to one emitter,
 * which warns on the console of the eleventh.
 */
export function mendManager(room: object): void {
  const manager = objectIn(room, "outgoingDataTrackManager");
  if (manager === undefined || mended.has(manager)) return;
  mended.add(manager);
  swallow(manager, "reset");
  call(manager, "setMaxListeners", 0);
}

/** A track never takes its listeners away, which are called for every packet of every track. */
export function forgetTrack(track: object): void {
  const manager = objectIn(track, "manager");
  if (manager === undefined) return;
  const listeners = [["packetsFlushedChange", "handleManagerPacketsFlushedChange"], ["reset", "handleManagerReset"]];
  for (const [event, name] of listeners) {
    const listener: unknown = name === undefined ? undefined : Reflect.get(track, name);
    if (typeof listener === "function") call(manager, "off", event, listener);
  }
}

function objectIn(owner: object, name: string): object | undefined {
  const value: unknown = Reflect.get(owner, name);
  return typeof value === "object" && value !== null ? value : undefined;
}

function call(owner: object, name: string, ...args: ReadonlyArray<unknown>): void {
  const method: unknown = Reflect.get(owner, name);
  if (typeof method === "function") Reflect.apply(method, owner, args);
}

/** Makes an object's method, which gives back a promise, never reject. */
function swallow(owner: object, name: string): void {
  const method: unknown = Reflect.get(owner, name);
  if (typeof method !== "function") return;
  Reflect.set(owner, name, async (...args: ReadonlyArray<unknown>): Promise<void> => {
    try {
      await Reflect.apply(method, owner, args);
    } catch {
      // There is nobody to tell: what it was about has ended.
    }
  });
}
