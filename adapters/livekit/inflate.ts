/**
 * Inflating streams that other senders compress.
 */

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

  constructor(listener: InflateListener) {
    void this.#run(listener);
  }

  /** Compressed bytes have arrived. */
  write(bytes: Uint8Array): void {
    // What fails here fails the reading, too. The copy takes the bytes out of a buffer that may be shared.
    this.#writer.write(new Uint8Array(bytes)).catch(() => undefined);
  }

  /** The end has arrived. */
  close(): void {
    this.#writer.close().catch(() => undefined);
  }

  /** Nobody wants the rest. */
  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  async #run(listener: InflateListener): Promise<void> {
    try {
      for (;;) {
        const { done, value } = await this.#reader.read();
        if (done) return listener.finish();
        listener.arrive(value);
      }
    } catch (error) {
      listener.fail(`its compressed bytes cannot be read: ${error instanceof Error ? error.message : error}`);
    }
  }
}
