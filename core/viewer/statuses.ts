/**
 * What a device has to say to the people at a viewer, for as long as it stands (session section 11).
 */
import { notify } from "../log.ts";
import type { ServerMessage, Status } from "../protocol/mod.ts";
import type { DeviceAccess, SessionPart } from "./device_access.ts";

/** How many complaints a request that times out tells of. */
const MAX_COMPLAINTS = 8;

/** A status with its number: they count up as they come. */
interface Numbered {
  readonly number: number;
  readonly status: Status;
}

/**
 * The statuses that stand. One with an id takes the place of the one before it and stands until it is removed; of those
 * without an id, and of those with one, the latest so many are kept.
 */
export class Statuses implements SessionPart {
  readonly takes = ["status", "removeStatus"] as const;
  readonly #access: DeviceAccess;
  readonly #named = new Map<string, Numbered>();
  readonly #nameless = new Set<Numbered>();
  /** The latest errors without an id, whatever has become of them. */
  #complaints: ReadonlyArray<Numbered> = [];
  #lastNumber = 0;

  constructor(access: DeviceAccess) {
    this.#access = access;
  }

  /** Those that stand, in the order in which they came. */
  all(): ReadonlyArray<Status> {
    return [...this.#named.values(), ...this.#nameless]
      .sort((a, b) => a.number - b.number)
      .map(({ status }) => status);
  }

  /** Tells, when it is called, the errors without an id that have come since now. */
  readonly complaints = (): () => ReadonlyArray<string> => {
    const since = this.#lastNumber;
    return () => this.#complaints.filter(({ number }) => number > since).map(({ status }) => status.message);
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
    const added = { number: this.#lastNumber, status };
    if (status.id === undefined) {
      this.#nameless.add(added);
      if (status.level === "error") this.#complaints = [...this.#complaints, added].slice(-MAX_COMPLAINTS);
    } else {
      // Taken out first, so that what was said anew is not the oldest.
      this.#named.delete(status.id);
      this.#named.set(status.id, added);
    }
    this.#forgetOldest(this.#named);
    this.#forgetOldest(this.#nameless);
    const { log, options } = this.#access;
    notify(log, "onStatus", options.onStatus, status);
  }

  #forgetOldest<Key>(kept: Map<Key, Numbered> | Set<Key>): void {
    const { statuses } = this.#access.limits;
    if (kept.size <= statuses) return;
    const oldest = kept.keys().next();
    if (oldest.done !== true) kept.delete(oldest.value);
    this.#access.logOften("debug", "a device says more than a viewer keeps; the oldest statuses are forgotten", {
      kept: statuses,
    });
  }

  #remove(ids: ReadonlyArray<string>): void {
    const removed = ids.filter((id) => this.#named.delete(id));
    if (removed.length === 0) return;
    const { log, options } = this.#access;
    notify(log, "onStatusRemoved", options.onStatusRemoved, removed);
  }
}
