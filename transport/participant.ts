/**
 * Who is in a room.
 */

/**
 * One connection instance of one identity, as the transport sees it at this moment. An adapter hands out a new object
 * when something changes; it never changes one that it has handed out.
 */
export interface RemoteParticipant {
  /** Who it is; the same across reconnects, and unique within the room at any one time. Not empty. */
  readonly identity: string;
  /** This connection instance. Never reused, in any room of the same server, while the process runs. */
  readonly sid: string;
  /**
   * When this instance joined, in ms since the Unix epoch by the server's clock. Of two instances of one identity the
   * later one never has the smaller value.
   */
  readonly joinedAt: number;
  /** The participant's attributes as last announced, for example `protocolVersion`. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** How good a participant's connection is, by the transport's own judgement. */
export type ConnectionQuality = "excellent" | "good" | "poor" | "lost";

/**
 * Why a room came to an end for this participant, other than by its own leaving. `replaced`: another connection joined
 * with the same identity. `removed`: an administrator removed it. `expired`: its credentials ran out.
 */
export type DisconnectReason =
  | "replaced"
  | "removed"
  | "expired"
  | "room-deleted"
  | "server-shutdown"
  | "connection-lost";
