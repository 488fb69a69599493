/**
 * Sending receipts without piling them up: where they do not get away, the newest of a stream stands for all of it.
 */
import type { Receipt } from "./receipts.ts";

/** Receipts that are handed on at the same time. */
const UNDER_WAY = 16;
/** Streams whose receipts wait; then the oldest is forgotten, and its sender waits until it leaves. */
const WAITING = 4096;

/** Sends receipts. */
export class ReceiptSender {
  readonly #post: (sender: string, receipt: Receipt) => Promise<void>;
  #underWay = 0;
  /** By sender and stream, the longest waiting first. */
  readonly #waiting: Map<string, { readonly sender: string; readonly receipt: Receipt }> = new Map();

  /** Takes what sends one; what that rejects with is ignored: the room is over then, and its streams with it. */
  constructor(post: (sender: string, receipt: Receipt) => Promise<void>) {
    this.#post = post;
  }

  /** Whether receipts wait or are being handed on. */
  get isBusy(): boolean {
    return this.#underWay > 0;
  }

  /** Sends a receipt, soon. */
  send(sender: string, receipt: Receipt): void {
    const key = `${receipt.stream} ${sender}`;
    this.#waiting.set(key, { sender, receipt });
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size > WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    this.#next();
  }

  #next(): void {
    const [first] = this.#waiting;
    if (first === undefined || this.#underWay >= UNDER_WAY) return;
    const [key, { sender, receipt }] = first;
    this.#waiting.delete(key);
    this.#underWay++;
    this.#post(sender, receipt).catch(() => undefined).then(() => {
      this.#underWay--;
      this.#next();
    });
  }
}
