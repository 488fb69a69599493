/**
 * A TCP proxy in front of a server's signal port: the way to it can be cut, and shut.
 */
import { connect, createServer, type Server, type Socket } from "node:net";

/**
 * What becomes of new connections: passed on, ended at once, answered with a text and ended, or passed on until the server
 * has said its first words over a WebSocket, and ended with them. A function chooses by the first line of the request.
 */
export type Door = Way | ((request: string) => Way);

type Way = "open" | "shut" | "first-words" | { readonly reply: string };

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
    if (typeof door !== "function") return this.#lead(socket, door);
    socket.once("data", (bytes: Buffer) => {
      socket.pause().unshift(bytes);
      this.#lead(socket, door(bytes.toString("latin1").split("\r\n", 1).join()));
    });
  }

  #lead(socket: Socket, way: Way): void {
    if (way === "shut") return void socket.destroy();
    if (typeof way === "object") return void socket.once("data", () => socket.end(way.reply));
    const far = this.#keep(connect(this.#target, "127.0.0.1"));
    let words = Buffer.alloc(0);
    far.on("data", (bytes: Buffer) => words = Buffer.concat([words, bytes]).subarray(-LAST_BYTES));
    far.once("data", () => this.#lastWords = new Promise((resolve) => far.once("close", () => resolve(words))));
    socket.pipe(far);
    if (way === "open") far.pipe(socket);
    else {
      let said = Buffer.alloc(0);
      far.on("data", (bytes: Buffer) => {
        said = Buffer.concat([said, bytes]);
        const words = firstWords(said);
        if (words !== undefined) socket.end(words, () => far.destroy());
      });
    }
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

/** What a server has said as far as the end of the first message of a WebSocket, if that is there. */
function firstWords(said: Buffer): Buffer | undefined {
  const begin = said.indexOf("\r\n\r\n") + 4;
  if (begin < 4 || said.length < begin + 4) return undefined;
  const short = said.readUInt8(begin + 1);
  if (short > 126) throw new Error("the first message is longer than any that this proxy knows");
  const end = begin + (short < 126 ? 2 + short : 4 + said.readUInt16BE(begin + 2));
  return said.length < end ? undefined : said.subarray(0, end);
}
