/**
 * Numbers of messages and bytes: as they are counted, and as they are told.
 */

/** Messages, and the bytes in them. */
export interface Traffic {
  /** The number of messages. */
  readonly messages: number;
  /** Their bytes, without what frames them. */
  readonly bytes: number;
}

/** A running count. */
export class Counter implements Traffic {
  messages = 0;
  bytes = 0;

  /** One message more. */
  add(bytes: number): void {
    this.messages += 1;
    this.bytes += bytes;
  }

  /** As many more as somebody else has counted. */
  addAll({ messages, bytes }: Traffic): void {
    this.messages += messages;
    this.bytes += bytes;
  }

  /** What has been counted so far; it does not change any more. */
  get snapshot(): Traffic {
    return { messages: this.messages, bytes: this.bytes };
  }
}

/** The sum of what several have counted. */
export function sumOf(parts: Iterable<Traffic>): Traffic {
  const total = new Counter();
  for (const part of parts) total.addAll(part);
  return total.snapshot;
}
