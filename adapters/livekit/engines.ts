/**
 * The engines of a room and their peer connections, all of which have to be closed in the end: outside browsers one that
 * is not would hold the process, and some threads, for ever.
 */
import type { Room } from "livekit-client";

type Engine = Room["engine"];

/**
 * Follows which engines a room makes, to be called before the room connects. What comes back is to be called once the
 * room has been left, and closes what livekit-client leaves behind: a join that fails before the server has answered
 * leaves the peer connection that it has made its offer with.
 */
export function followEngines(room: Room): () => Promise<void> {
  const engines = new Set<Engine>();
  let current: Engine | undefined;
  const follow = (engine: Engine | undefined) => {
    current = engine;
    if (engine === undefined || engines.has(engine)) return;
    engines.add(engine);
    engine.on("transportsCreated", (...transports) => {
      for (const transport of transports) if (transport !== undefined) keepClosed(transport);
    });
  };
  follow(room.engine);
  Object.defineProperty(room, "engine", { configurable: true, enumerable: true, get: () => current, set: follow });
  return async () => {
    for (const engine of engines) await engine.cleanupPeerConnections();
    engines.clear();
  };
}

/**
 * Sees to it that a transport that was closed stays so. livekit-client would give it a new peer connection when a
 * negotiation that is under way goes on, as it does when a room is left soon after it was joined: one that nobody
 * closes, and that then rejects, with nobody to catch it, what was negotiated for the former one.
 */
function keepClosed(transport: { close: () => void }): void {
  const { close } = transport;
  transport.close = () => {
    const last: unknown = Reflect.get(transport, "_pc");
    close();
    if (typeof last !== "object" || last === null) return;
    Object.defineProperty(transport, "pc", { configurable: true, value: last });
    forgetHandlers(last);
  };
}

/**
 * Takes the handlers off a peer connection that is over. @roamhq/wrtc never lets go of one, and a handler that
 * livekit-client leaves on it would keep all of the room.
 */
function forgetHandlers(connection: object): void {
  // Those of browsers, and of the shim, lie in the prototypes.
  for (let from: object | null = connection; from !== null; from = Object.getPrototypeOf(from)) {
    for (const name of Object.getOwnPropertyNames(from)) {
      if (/^on[a-z]+$/.test(name)) Reflect.set(connection, name, null);
    }
  }
}
