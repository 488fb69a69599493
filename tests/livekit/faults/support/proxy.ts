/**
 * A TCP proxy in front of a server's signal port: the way to it can be cut, and shut.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/** What becomes of new connections: passed on, ended at once, or answered with a text and ended. */
export type Door = "open" | "shut" | { readonly reply: string };

/** Bytes that are kept of what a server has said last. */
const LAST_BYTES = 256;

/** A way to a server that a test can take away. */
export class SignalProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #door: Door = "open";
  #lastWords: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
  /** How many connections have been asked for. */
  connections = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Listens on a free port and passes everything on to another one on this host. */
  static async start(target: number): Promise<SignalProxy> {
    const proxy = new SignalProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return proxy;
  }

  /** Where it listens, for livekit-client. */
  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === "string") throw new Error("the proxy does not listen");
    return `ws://127.0.0.1:${address.port}`;
  }

  /** The end of what the server has said on the latest connection on which it spoke, once that is over. */
  get lastWords(): Promise<Uint8Array> {
    return this.#lastWords;
  }

  /** Ends all connections that there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What becomes of new connections from now on. */
  set(door: Door): void {
    this.#door = door;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.cut();
    await closed;
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#keep(socket);
    const door = this.#door;
    if (door === "shut") return void socket.destroy();
    if (door !== "open") return void socket.once("data", () => socket.end(door.reply));
    const far = this.#keep(connect(this.#target, "127.0.0.1"));
    let words = Buffer.alloc(0);
    far.on("data", (bytes: Buffer) => words = Buffer.concat([words, bytes]).subarray(-LAST_BYTES));
    far.once("data", () => this.#lastWords = new Promise((resolve) => far.once("close", () => resolve(words))));
    socket.pipe(far).pipe(socket);
    socket.once("close", () => far.destroy());
    // What the server has said last goes first.
    far.once("close", () => socket.destroySoon());
  }

  #keep(socket: Socket): Socket {
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    // A connection that breaks closes, and that is all there is to it.
    return socket.on("error", () => {}).once("close", () => this.#sockets.delete(socket));
  }
}
