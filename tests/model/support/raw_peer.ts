/**
 * A viewer at wire level: every frame of every stream is looked at.
 */
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import type { OutgoingByteStream } from "../../../transport/mod.ts";
import { type ClientMessage, CONTROL_TOPIC, type ServerMessage } from "../../../core/protocol/mod.ts";
import { frames, RawViewer } from "../../support/raw_viewer.ts";
import type { StreamReader } from "../../support/stream_reader.ts";
import { numberOf, ROVER } from "./device_side.ts";
import { RawAbilities } from "./raw_abilities.ts";
import { WholeReader } from "./readers.ts";
import type { Peer, PeerOptions } from "./peer.ts";
import { ALL_SLOTS, type Junk } from "./program.ts";

/** What has come on one stream. */
interface Seen {
  readonly stream: StreamReader;
  readonly name: string;
  readonly reader: WholeReader;
  /** Channels that the device has told of on it. */
  readonly channels: Set<number>;
  readonly messages: Set<number>;
  taken: number;
}

export class RawPeer implements Peer {
  readonly identity: string;
  readonly name: string;
  readonly abilities: RawAbilities;
  readonly #options: PeerOptions;
  readonly #version: string | undefined;
  readonly #seen = new Map<StreamReader, Seen>();
  readonly #outbox: Queue.Queue<Uint8Array | "new-stream"> = Effect.runSync(Queue.unbounded());
  #viewer: RawViewer | undefined;
  #life: Fiber.Fiber<unknown, unknown> | undefined;
  #paused = false;

  constructor(options: PeerOptions, version: string | undefined) {
    this.identity = options.identity;
    this.name = options.name;
    this.#options = options;
    this.#version = version;
    this.abilities = new RawAbilities(options, (...messages) => this.#say(...messages));
  }

  join(): void {
    const { hub, setup, calls, identity } = this.#options;
    const options = { device: ROVER, windowBytes: setup.windowBytes };
    const joined = RawViewer.join(hub, identity, {
      ...options,
      ...(this.#version === undefined ? {} : { version: this.#version }),
    });
    const life = Effect.gen({ self: this }, function* () {
      this.#viewer = yield* joined;
      if (this.#paused) this.#viewer.pause();
      yield* this.#write(this.#viewer);
    });
    calls.begin(
      `life of ${this.name}`,
      Effect.withFiber((fiber) => {
        this.#life = fiber;
        return Effect.scoped(life);
      }),
    );
  }

  leave(): void {
    const life = this.#life;
    if (life !== undefined) this.#options.calls.begin(`leave of ${this.name}`, Fiber.interrupt(life));
  }

  get isIn(): boolean {
    return this.#viewer !== undefined && this.#options.hub.identities().includes(this.identity);
  }

  get hasMet(): boolean {
    const control = this.#viewer?.controls.at(-1);
    return control !== undefined && control.end === undefined && control.received[0]?.op === "serverInfo";
  }

  subscribe(slots: ReadonlyArray<number>): void {
    const ids = this.#ids(slots);
    this.#say({ op: "subscribe", channels: ids.map((id) => ({ id, requestVideoTrack: false })) });
    // Counted when it is said: of what is lost on the way nothing can come.
    for (const id of ids) this.#options.ledger.asked(this.identity, id);
  }

  unsubscribe(slots: ReadonlyArray<number>): void {
    this.#say({ op: "unsubscribe", channelIds: this.#ids(slots) });
  }

  pause(): void {
    this.#paused = true;
    this.#viewer?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#viewer?.resume();
  }

  junk(junk: Junk): void {
    const viewer = this.#viewer;
    if (viewer === undefined) return;
    if (junk === "video" || junk === "ids") return this.#say(...this.#odd(junk));
    // A stream of its own: what is broken must not take along what is said on the other one.
    this.#options.calls.begin(
      `junk of ${this.name}`,
      Effect.flatMap(viewer.open(), (stream) => Effect.andThen(stream.write(broken[junk]), stream.close)),
    );
  }

  collect(): void {
    for (const stream of [...(this.#viewer?.controls ?? []), ...(this.#viewer?.channelStreams ?? [])]) {
      const seen = this.#seenOn(stream);
      for (; seen.taken < stream.received.length; seen.taken += 1) {
        const message = stream.received[seen.taken];
        if (message === undefined) continue;
        if (stream.topic === CONTROL_TOPIC) this.#takeControl(seen, message);
        else this.#takeLossy(seen, stream.topic, message);
      }
    }
  }

  ping(): void {
    this.#say({ op: "ping", appTimestamp: 1n, payload: Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0) });
  }

  stir(): void {
    // On a stream of its own: the device may have stopped reading the one before.
    Queue.offerUnsafe(this.#outbox, "new-stream");
    this.#say({ op: "unsubscribe", channelIds: [] });
  }

  wantAll(): void {
    this.subscribe(ALL_SLOTS);
  }

  checkChannels(): void {
    const { violations, device } = this.#options;
    const control = this.#viewer?.controls.at(-1);
    if (control === undefined) return;
    const known = [...this.#seenOn(control).channels].sort((a, b) => a - b).map((id) => this.#nameOf(id));
    const open = device.channels.map(({ model }) => model.id).sort((a, b) => a - b).map((id) => this.#nameOf(id));
    violations.check(
      known.join() === open.join(),
      () => `${this.name} knows the channels ${known.join()} where there are ${open.join()}`,
    );
  }

  checkGot(seqs: ReadonlyArray<number>): void {
    const { violations, ledger, setup } = this.#options;
    const got = new Set([...this.#seen.values()].flatMap(({ messages }) => [...messages]));
    for (const seq of seqs) {
      const channel = ledger.channelOf(seq);
      if (channel === undefined || !channel.reliable && setup.dataTracks) continue;
      violations.check(got.has(seq), () => `${this.name} has not got message ${seq} of ${channel.name} in a calm time`);
    }
  }

  #takeControl(seen: Seen, message: ServerMessage): void {
    const { violations, trace } = this.#options;
    const { name, channels } = seen;
    if (seen.stream === this.#viewer?.controls.at(-1)) this.abilities.take(message);
    if (seen.taken === 0) violations.check(message.op === "serverInfo", () => `${name} begins with ${message.op}`);
    switch (message.op) {
      case "serverInfo":
        violations.check(seen.taken === 0, () => `${name} has a serverInfo in the middle`);
        return;
      case "advertise":
        for (const { id } of message.channels) {
          violations.check(!channels.has(id), () => `${name} is told of channel ${this.#nameOf(id)} again`);
          channels.add(id);
        }
        return;
      case "unadvertise":
        for (const id of message.channelIds) {
          const known = channels.delete(id);
          violations.check(
            known,
            () => `${name} is told of the end of channel ${this.#nameOf(id)}, which it never had`,
          );
        }
        return;
      case "messageData": {
        const { channelId, data } = message;
        const seq = numberOf(new TextDecoder().decode(data));
        trace.add(`${name} got ${seq}`);
        violations.check(channels.has(channelId), () => `${name} got message ${seq} of a channel it does not know`);
        seen.messages.add(seq);
        seen.reader.take(channelId, seq);
      }
    }
  }

  #takeLossy(seen: Seen, topic: string, message: ServerMessage): void {
    const { violations, ledger, trace } = this.#options;
    violations.check(message.op === "messageData", () => `${seen.name} carries ${message.op}`);
    if (message.op !== "messageData") return;
    const { channelId, data } = message;
    const seq = numberOf(new TextDecoder().decode(data));
    trace.add(`${seen.name} got ${seq}`);
    violations.check(topic === `ch-${channelId}`, () => `${seen.name} carries messages of channel ${channelId}`);
    violations.check(!seen.messages.has(seq), () => `${seen.name} got message ${seq} twice`);
    seen.messages.add(seq);
    const published = ledger.message(seen.name, channelId, seq);
    if (published === undefined) return;
    violations.check(
      !published.channel.reliable,
      () => `${seen.name} got message ${seq} of ${published.channel.name}, which is reliable`,
    );
    violations.check(
      ledger.hasGiven(this.identity, channelId),
      () =>
        `${seen.name} got message ${seq} of ${published.channel.name}, to which ${this.identity} never was subscribed`,
    );
  }

  #seenOn(stream: StreamReader): Seen {
    const known = this.#seen.get(stream);
    if (known !== undefined) return known;
    const { ledger, violations } = this.#options;
    const name = `${this.name} stream ${this.#seen.size + 1}`;
    const reader = new WholeReader(ledger, violations, name, this.identity);
    const seen = { stream, name, reader, channels: new Set<number>(), messages: new Set<number>(), taken: 0 };
    this.#seen.set(stream, seen);
    return seen;
  }

  #say(...messages: ReadonlyArray<ClientMessage>): void {
    for (const message of messages) Queue.offerUnsafe(this.#outbox, frames(message));
  }

  /** Writes what is to be said, on one stream for as long as that holds. What a stream has lost is not said again. */
  readonly #write = Effect.fnUntraced(function* (this: RawPeer, viewer: RawViewer) {
    let stream: OutgoingByteStream | undefined;
    while (true) {
      const bytes = yield* Queue.take(this.#outbox);
      if (bytes === "new-stream") {
        stream = undefined;
        continue;
      }
      stream ??= yield* Effect.catch(viewer.open(), () => Effect.undefined);
      const isWritten = stream !== undefined && (yield* Effect.isSuccess(stream.write(bytes)));
      if (!isWritten) stream = undefined;
    }
  });

  #ids(slots: ReadonlyArray<number>): ReadonlyArray<number> {
    const { device } = this.#options;
    return slots.flatMap((slot) => device.channelIn(slot)?.model.id ?? []).filter((id) => device.isTold(id));
  }

  #nameOf(id: number): string {
    return this.#options.ledger.channel(id)?.name ?? `unknown ${id}`;
  }

  #odd(junk: "video" | "ids"): ReadonlyArray<ClientMessage> {
    if (junk === "video") {
      const ids = this.#options.device.channels.map(({ model }) => model.id);
      return [{ op: "subscribe", channels: ids.map((id) => ({ id, requestVideoTrack: true })) }];
    }
    const nowhere = 2 ** 50;
    return [
      { op: "subscribe", channels: [{ id: nowhere, requestVideoTrack: false }] },
      { op: "unsubscribe", channelIds: [nowhere, nowhere] },
      { op: "unadvertise", channelIds: [7, 7] },
    ];
  }
}

const text = (payload: string): Uint8Array => {
  const bytes = new TextEncoder().encode(payload);
  return Uint8Array.of(1, bytes.byteLength, 0, 0, 0, ...bytes);
};

/** Bytes that are no messages. */
const broken: Readonly<Record<Exclude<Junk, "video" | "ids">, Uint8Array>> = {
  "no-json": text("{no json"),
  "unknown-op": text('{"op":"makeCoffee"}'),
  "empty-frame": Uint8Array.of(1, 0, 0, 0, 0, 2, 0, 0, 0, 0),
  "unknown-opcode": Uint8Array.of(9, 1, 0, 0, 0, 1),
  "too-long": Uint8Array.of(1, 255, 255, 255, 255),
  "cut-short": Uint8Array.of(1, 200, 0, 0, 0, 123),
};
