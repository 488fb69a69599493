/**
 * A message as a viewer receives it.
 */
import type { ChannelDescriptor } from "../channel/descriptor.ts";
import { CLOCK_DRIFT, OFFSET_WINDOW_MS } from "../clock_offset.ts";
import type { Arrival } from "./heartbeat.ts";

/** A device's channel as a viewer knows it. */
export interface ChannelInfo extends ChannelDescriptor {
  /** Whether its messages come in order and without loss. */
  readonly reliable: boolean;
}

/** How long ago a message was logged when it arrived. */
export interface MessageAge {
  /** The time from its log time to its arrival, in ms. Negative: it has a log time that was yet to come. */
  readonly ms: number;
  /** How far from that the truth is at most, in ms. */
  readonly uncertaintyMs: number;
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

  readonly #arrival: Arrival | undefined;

  /** Made by the viewer that receives it. */
  constructor(channel: ChannelInfo, logTime: bigint, data: Uint8Array, arrival?: Arrival) {
    this.channel = channel;
    this.logTime = logTime;
    this.data = data;
    this.#arrival = arrival;
  }

  /** When it arrived, by the viewer's clock, in ms since the Unix epoch; absent for one that has not come from a device. */
  get receivedAt(): number | undefined {
    return this.#arrival?.atMs;
  }

  /**
   * How old it was when it arrived: from its log time, which the device's clock has given, to its arrival, by what was
   * known then of how far that clock is from the viewer's. Absent while nothing was known, as in the first moments with a
   * device. Where the application logs with times of its own, as a recording that is played does, it counts from these.
   */
  get age(): MessageAge | undefined {
    const arrival = this.#arrival;
    const offset = arrival?.offset;
    if (arrival === undefined || offset === undefined) return undefined;
    const sinceKnown = Math.abs(arrival.atMs - offset.atMs);
    if (sinceKnown > OFFSET_WINDOW_MS) return undefined;
    // The clock that tells of arrivals goes in whole milliseconds: half of one, more or less.
    const arrivedAt = arrival.atMs + 0.5 + offset.offsetMs;
    return {
      ms: arrivedAt - Number(this.logTime) / 1e6,
      uncertaintyMs: offset.boundMs + CLOCK_DRIFT * sinceKnown + 0.5,
    };
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
