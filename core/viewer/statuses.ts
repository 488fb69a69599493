/**
 * What a device has to say to the people at a viewer, for as long as it stands (session section 11).
 */
import { notify } from "../log.ts";
import type { ServerMessage, Status } from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";

/** How many complaints a request that times out tells of. */
const MAX_COMPLAINTS = 8;
/** How much of each it tells, in characters. */
const MAX_COMPLAINT_LENGTH = 1_000;
/** How long statuses of a kind may be together, in characters; a single longer one is kept. */
export const MAX_STATUS_TEXT: number = 1024 * 1024;

/** A status with its number: they count up as they come. */
interface Numbered {
  readonly number: number;
  readonly status: Status;
}

/** Statuses by id, or by their number where they have none, the oldest first. */
class Kind {
  readonly #statuses = new Map<string | number, Numbered>();
  #length = 0;

  get all(): Iterable<Numbered> {
    return this.#statuses.values();
  }

  /** Adds one as the latest, and takes out the one that it takes the place of. */
  add(key: string | number, added: Numbered): void {
    this.delete(key);
    this.#statuses.set(key, added);
    this.#length += textLength(added);
  }

  delete(key: string | number): boolean {
    const removed = this.#statuses.get(key);
    if (removed === undefined) return false;
    this.#length -= textLength(removed);
    return this.#statuses.delete(key);
  }

  /** Forgets the oldest, down to the bounds; whether there was any to forget. */
  shorten(maxNumber: number): boolean {
    let hasForgotten = false;
    for (const key of this.#statuses.keys()) {
      const { size } = this.#statuses;
      if (size <= maxNumber && (this.#length <= MAX_STATUS_TEXT || size === 1)) break;
      hasForgotten = this.delete(key);
    }
    return hasForgotten;
  }

  clear(): void {
    this.#statuses.clear();
    this.#length = 0;
  }
}

function textLength({ status: { message, id = "" } }: Numbered): number {
  return message.length + id.length;
}

/**
 * The statuses that stand. One with an id takes the place of the one before it and stands until it is removed; of those
 * without an id, and of those with one, the latest so many are kept.
 */
export class Statuses implements SessionPart {
  readonly takes = ["status", "removeStatus"] as const;
  readonly #access: DeviceAccess;
  readonly #named = new Kind();
  readonly #nameless = new Kind();
  /** The latest errors without an id, whatever has become of them. */
  #complaints: ReadonlyArray<{ readonly number: number; readonly message: string }> = [];
  #lastNumber = 0;

  constructor(access: DeviceAccess) {
    this.#access = access;
  }

  /** Those that stand, in the order in which they came. */
  all(): ReadonlyArray<Status> {
    return [...this.#named.all, ...this.#nameless.all]
      .sort((a, b) => a.number - b.number)
      .map(({ status }) => status);
  }

  /** Tells, when it is called, the errors without an id that have come since now. */
  readonly complaints = (): () => ReadonlyArray<string> => {
    const since = this.#lastNumber;
    return () => this.#complaints.filter(({ number }) => number > since).map(({ message }) => message);
  };

  readonly met = (): void => {
    this.#named.clear();
    this.#nameless.clear();
  };

  readonly handle = (message: ServerMessage): void => {
    if (message.op === "status") this.#add(message);
    else if (message.op === "removeStatus") this.#remove(message.statusIds);
  };

  #add(status: Status): void {
    this.#lastNumber += 1;
    const number = this.#lastNumber;
    const kind = status.id === undefined ? this.#nameless : this.#named;
    kind.add(status.id ?? number, { number, status });
    const { statuses } = this.#access.limits;
    if (kind.shorten(statuses)) {
      this.#access.logOften("debug", "a device says more than a viewer keeps; the oldest statuses are forgotten", {
        kept: statuses,
      });
    }
    if (status.id === undefined && status.level === "error") {
      const message = status.message.slice(0, MAX_COMPLAINT_LENGTH);
      this.#complaints = [...this.#complaints, { number, message }].slice(-MAX_COMPLAINTS);
    }
    const { log, options } = this.#access;
    notify(log, "onStatus", options.onStatus, status);
  }

  #remove(ids: ReadonlyArray<string>): void {
    const removed = ids.filter((id) => this.#named.delete(id));
    if (removed.length === 0) return;
    const { log, options } = this.#access;
    notify(log, "onStatusRemoved", options.onStatusRemoved, removed);
  }
}
