/**
 * A TCP proxy that treats connections badly, as a seed says: it cuts them after some bytes, in either direction and in
 * the middle of whatever is under way, lets them stand still, or holds up what they carry. On demand it keeps what
 * clients send, and delivers it when they have long given it up.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { SeededRandom } from "../../adapters/loopback/random.ts";

/** How badly. Chances are from 0 to 1, for each connection. */
export interface Weather {
  /** How many bytes from the client, or from the server, go through at least and at most before something happens. */
  readonly up: readonly [least: number, most: number];
  readonly down: readonly [least: number, most: number];
  /** How likely it is that nothing happens to a connection. */
  readonly calm: number;
  /** How likely it is that a connection stands still before it is cut, and for how long at most, in ms. */
  readonly stall: number;
  readonly stallMs: number;
  /** How likely it is that what a connection carries is held up, and for how long at most, in ms. */
  readonly delay: number;
  readonly delayMs: number;
}

/** What has been done to connections. */
export interface Damage {
  connections: number;
  cuts: number;
  stalls: number;
  delays: number;
}

/** What is to become of one connection. */
interface Fate {
  readonly up: number;
  readonly down: number;
  readonly stallMs: number;
  readonly delayMs: number;
}

/** A connection whose server hears of it late. */
interface Held {
  readonly near: Socket;
  readonly sent: Array<Uint8Array>;
}

/** A bad line to a server on this host. */
export class FaultyProxy implements AsyncDisposable {
  readonly damage: Damage = { connections: 0, cuts: 0, stalls: 0, delays: 0 };
  readonly #server: Server;
  readonly #target: number;
  readonly #random: SeededRandom;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  readonly #held: Array<Held> = [];
  #isHolding = false;
  #isStill = false;
  /** Whether new connections are ended at once. */
  isRefusing = false;
  #weather: Weather | undefined;

  private constructor(target: number, seed: string, weather: Weather | undefined) {
    this.#target = target;
    this.#random = new SeededRandom(seed);
    this.#weather = weather;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens on a free port; without weather it is a good line. */
  static async start(target: number, seed: string, weather?: Weather): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target, seed, weather);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** Where it listens. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `http://127.0.0.1:${address.port}/`;
  }

  /** What becomes of new connections from now on. */
  set weather(weather: Weather | undefined) {
    this.#weather = weather;
  }

  /** Ends all connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops passing on what connections carry, those that come meanwhile included, without ending one; or goes on. */
  set isStill(isStill: boolean) {
    this.#isStill = isStill;
    for (const socket of this.#sockets) {
      if (isStill) socket.pause();
      else socket.resume();
    }
  }

  /** Keeps what new connections send to itself from now on, or lets new ones through again. */
  set isHolding(isHolding: boolean) {
    this.#isHolding = isHolding;
  }

  /** What is kept, as text. */
  get held(): string {
    return this.#held.flatMap(({ sent }) => sent.map((bytes) => new TextDecoder().decode(bytes))).join("");
  }

  /** Passes on what was kept, each connection's for itself, whether or not its client is still there. */
  deliver(): void {
    for (const { near, sent } of this.#held.splice(0)) {
      const far = this.#keep(connect(this.#target, "127.0.0.1"));
      near.removeAllListeners("data").on("data", (chunk) => far.write(chunk));
      far.on("data", (chunk) => near.writable && near.write(chunk)).once("close", () => near.destroy());
      for (const bytes of sent) far.write(bytes);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const timer of this.#timers) clearTimeout(timer);
    this.cut();
    await closed;
  }

  #accept(near: Socket): void {
    this.damage.connections++;
    this.#keep(near);
    if (this.isRefusing) return void near.destroy();
    if (this.#isHolding) {
      const held: Held = { near, sent: [] };
      this.#held.push(held);
      near.on("data", (chunk: Uint8Array) => held.sent.push(chunk));
      return;
    }
    const far = this.#keep(connect(this.#target, "127.0.0.1"));
    const fate = this.#draw();
    near.once("close", () => far.destroy());
    far.once("close", () => near.destroy());
    this.#pass(near, far, fate?.up ?? Infinity, fate);
    this.#pass(far, near, fate?.down ?? Infinity, fate);
  }

  /** Carries bytes from one to the other, up to the byte at which the connection meets its fate. */
  #pass(from: Socket, to: Socket, bytes: number, fate: Fate | undefined): void {
    let left = bytes;
    from.on("data", (chunk: Uint8Array) => {
      if (left <= 0) return;
      const part = chunk.subarray(0, left);
      left -= part.length;
      const hand = (): void => {
        if (!to.writable) return;
        if (!to.write(part)) {
          from.pause();
          to.once("drain", () => this.#goOn(from));
        }
        if (left <= 0) this.#meet(from, to, fate?.stallMs ?? 0);
      };
      const delayMs = fate?.delayMs ?? 0;
      if (delayMs === 0) return hand();
      from.pause();
      this.#later(delayMs, () => {
        this.#goOn(from);
        hand();
      });
    });
  }

  #goOn(socket: Socket): void {
    if (!this.#isStill) socket.resume();
  }

  #meet(from: Socket, to: Socket, stallMs: number): void {
    const end = (): void => {
      this.damage.cuts++;
      from.destroy();
      to.destroy();
    };
    if (stallMs === 0) return end();
    this.damage.stalls++;
    this.#later(stallMs, end);
  }

  /** The numbers are drawn in the order in which connections come, as many for each, whatever becomes of it. */
  #draw(): Fate | undefined {
    const weather = this.#weather;
    const [calm, up, down, stall, stallMs, delay, delayMs] = Array.from({ length: 7 }, () => this.#random.next());
    if (weather === undefined || calm! < weather.calm) return undefined;
    const isDelayed = delay! < weather.delay;
    if (isDelayed) this.damage.delays++;
    return {
      up: between(weather.up, up!),
      down: between(weather.down, down!),
      stallMs: stall! < weather.stall ? Math.ceil(stallMs! * weather.stallMs) : 0,
      delayMs: isDelayed ? Math.ceil(delayMs! * weather.delayMs) : 0,
    };
  }

  #later(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    if (this.#isStill) socket.pause();
    socket.setNoDelay(true);
    // A connection that breaks closes, and that is all there is to it.
    return socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
  }
}

function between([least, most]: readonly [number, number], chance: number): number {
  return least + Math.floor(chance * (most - least + 1));
}
