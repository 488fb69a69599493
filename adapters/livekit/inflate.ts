/**
 * Inflating streams that other senders compress.
 */
import { messageOf } from "../../transport/message_of.ts";

/** Where inflated bytes go. */
export interface InflateListener {
  readonly arrive: (bytes: Uint8Array) => void;
  readonly finish: () => void;
  readonly fail: (detail: string) => void;
}

/** Inflates one stream. */
export class Inflater {
  readonly #stream: DecompressionStream = new DecompressionStream("deflate-raw");
  readonly #writer: WritableStreamDefaultWriter<BufferSource> = this.#stream.writable.getWriter();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> = this.#stream.readable.getReader();
  readonly #maxBytes: number;
  readonly #listener: InflateListener;
  #waiting = 0;

  /** At most so many compressed bytes wait to be inflated. Throws where the run-time cannot inflate. */
  constructor(maxBytes: number, listener: InflateListener) {
    this.#maxBytes = maxBytes;
    this.#listener = listener;
    void this.#run();
  }

  /** Compressed bytes have arrived. */
  write(bytes: Uint8Array): void {
    if (this.#waiting + bytes.length > this.#maxBytes) {
      return this.#listener.fail(`more than ${this.#maxBytes} of its bytes wait to be inflated`);
    }
    this.#waiting += bytes.length;
    // What fails here fails the reading, too. The copy takes the bytes out of a buffer that may be shared.
    this.#writer.write(new Uint8Array(bytes)).catch(() => undefined).then(() => this.#waiting -= bytes.length);
  }

  /** The end has arrived. */
  close(): void {
    this.#writer.close().catch(() => undefined);
  }

  /** Nobody wants the rest. */
  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  async #run(): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return this.#listener.finish();
        this.#listener.arrive(value);
      }
    } catch (error) {
      this.#listener.fail(`its compressed bytes cannot be read: ${messageOf(error)}`);
    }
  }
}
