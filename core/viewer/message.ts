/**
 * A message as a viewer receives it.
 */
import type { ChannelDescriptor } from "../channel/descriptor.ts";

/** A device's channel as a viewer knows it. */
export interface ChannelInfo extends ChannelDescriptor {
  /** Whether its messages come in order and without loss. */
  readonly reliable: boolean;
}

const decoder = new TextDecoder();

/**
 * One message of a channel.
 *
 * @example
 * ```ts
 * import type { Message } from "@fieldlink/fieldlink";
 *
 * function show(message: Message): string {
 *   return `${message.topic} at ${message.logTime}: ${JSON.stringify(message.json())}`;
 * }
 * console.log(show);
 * ```
 */
export class Message {
  /** The channel it came on. */
  readonly channel: ChannelInfo;
  /** When it was logged, in ns since the Unix epoch, by the device's clock. */
  readonly logTime: bigint;
  /**
   * The bytes that were logged. They are a view into what arrived, shared with other subscriptions: copy them before
   * changing them, or before keeping a few of them for long.
   */
  readonly data: Uint8Array;

  /** Made by the viewer that receives it. */
  constructor(channel: ChannelInfo, logTime: bigint, data: Uint8Array) {
    this.channel = channel;
    this.logTime = logTime;
    this.data = data;
  }

  /** The topic of its channel. */
  get topic(): string {
    return this.channel.topic;
  }

  /** The bytes read as UTF-8; what is no UTF-8 becomes U+FFFD. */
  text(): string {
    return decoder.decode(this.data);
  }

  /**
   * The bytes read as JSON.
   *
   * @throws {SyntaxError} when they are no JSON.
   */
  json(): unknown {
    return JSON.parse(this.text());
  }
}
