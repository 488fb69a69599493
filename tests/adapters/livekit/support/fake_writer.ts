/**
 * Where an outgoing stream hands its bytes to, as livekit-client gives it.
 */
import type { ByteWriter } from "../../../../adapters/livekit/outgoing_stream.ts";

/** Keeps what is written. */
export class FakeWriter implements ByteWriter {
  /** What livekit-client says of the stream. */
  readonly info: { readonly id: string };
  readonly pieces: Array<Uint8Array> = [];
  /** What the writes from now on fail with. */
  failure: Error | undefined;
  /** How often it was closed. */
  closed = 0;
  /** Writes that were under way at the same time, at most. */
  mostAtOnce = 0;
  #atOnce = 0;
  #held: PromiseWithResolvers<void> | undefined;

  constructor(id: string = "s1") {
    this.info = { id };
  }

  /** Writes from now on wait. */
  hold(): void {
    this.#held = Promise.withResolvers();
  }

  /** Writes go on. */
  release(): void {
    this.#held?.resolve();
    this.#held = undefined;
  }

  /** Bytes written. */
  get total(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }

  /** All that was written. */
  all(): Uint8Array {
    const all = new Uint8Array(this.total);
    let at = 0;
    for (const piece of this.pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.pieces.push(bytes);
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#atOnce);
    await this.#held?.promise;
    this.#atOnce--;
  }

  async close(): Promise<void> {
    await this.#held?.promise;
    this.closed++;
  }
}
