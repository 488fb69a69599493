/**
 * One viewer's session: what is known of it, whether it reads now or is away.
 */
import { ResetBackoff } from "../../../core/resume/reset_backoff.ts";
import type { RemoteParticipant } from "../../../transport/participant.ts";
import type { EventStream } from "./event_stream.ts";
import type { IncomingTopic } from "./incoming_topic.ts";
import type { Outbox } from "./outbox.ts";
import type { OutgoingStream } from "./outgoing_stream.ts";
import type { TokenBucket } from "./token_bucket.ts";

/** What a session is made with. */
export interface SessionOptions {
  /** Unguessable; see `session_id.ts`. */
  readonly id: string;
  /** Who has made it: requests of others find nothing. */
  readonly subject: string;
  /** Whether its identity is the one that the application gives it, and not one that it has asked for. */
  readonly isIdentityGiven: boolean;
  readonly participant: RemoteParticipant;
  readonly bucket: TokenBucket;
  readonly nowMs: number;
  readonly outbox: (session: Session) => Outbox;
}

/** One session. It is the room's to change. */
export class Session {
  readonly id: string;
  readonly subject: string;
  readonly isIdentityGiven: boolean;
  readonly bucket: TokenBucket;
  /** What waits to be sent to it. */
  readonly outbox: Outbox;
  /** The instance that it is now: another one after each reset. */
  participant: RemoteParticipant;
  /** Whether that instance is in the room: its first stream has been opened. */
  isActive = false;
  /** Whether it is over. */
  isGone = false;
  /** How long it waits before it is in the room again, each time that it is reset. */
  readonly resets: ResetBackoff = new ResetBackoff();
  /** When its instance may be in the room, on the clock that only goes forward. */
  activeFromMs = 0;
  /** How often it was reset without having been in the room, since that was logged last. */
  idleResets = 0;
  /** Ends the wait for that. */
  stopWaiting: (() => void) | undefined;
  /** The answer to `GET events` that is being read. */
  stream: EventStream | undefined;
  /** Whether there ever was one. */
  hasBeenRead = false;
  /** The viewer's own number of the one that was made last, as far as it has numbered them. */
  attempt = -1;
  /** The control stream that was opened last, which goes as messages. */
  newestControl: OutgoingStream | undefined;
  /** The topics that it sends on. */
  readonly topics: Map<string, IncomingTopic> = new Map();
  /** Requests under way, the event stream left out. */
  requests = 0;
  /** When the last request came, on the clock that only goes forward. */
  lastRequestMs: number;
  /** Ends the wait for its return, or the care for its stream. */
  stopTimer: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.id = options.id;
    this.subject = options.subject;
    this.isIdentityGiven = options.isIdentityGiven;
    this.participant = options.participant;
    this.bucket = options.bucket;
    this.lastRequestMs = options.nowMs;
    this.outbox = options.outbox(this);
  }
}
