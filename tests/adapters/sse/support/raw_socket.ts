/**
 * A bare TCP socket: it sends what no client would.
 */
import { connect, type Socket } from "node:net";
import * as Effect from "effect/Effect";
import type * as Scope from "effect/Scope";

/** Ms that an answer may take on a busy machine. */
export const PATIENCE = 10_000;

type Piece = string | Uint8Array;

/** What has come of a request. */
export interface Reply {
  /** The code of the answer; 0: the connection was closed without one. */
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** One connection. */
export class RawSocket {
  /** All that has come, a character for each byte. */
  text = "";
  isOver = false;
  readonly #socket: Socket;
  readonly #waiting: Set<() => void> = new Set();

  constructor(port: number) {
    this.#socket = connect({ port, host: "127.0.0.1" });
    this.#socket.setNoDelay(true);
    this.#socket.on("data", (bytes) => {
      this.text += bytes.toString("latin1");
      this.#wake();
    });
    // An end by force is an end.
    this.#socket.on("error", () => this.#end());
    this.#socket.on("end", () => this.#end());
    this.#socket.on("close", () => this.#end());
  }

  /** Sends; a text goes as one byte for each character. */
  send(...pieces: ReadonlyArray<Piece>): void {
    for (const piece of pieces) {
      if (!this.isOver) this.#socket.write(typeof piece === "string" ? Buffer.from(piece, "latin1") : piece);
    }
  }

  /** Sends no more, and still listens. */
  finish(): void {
    this.#socket.end();
  }

  /** Reads no more. */
  pause(): void {
    this.#socket.pause();
  }

  /** Hangs up. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Bytes that were sent and are not on their way yet. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  /** Waits until it holds, or fails after ten seconds. */
  until(what: string, holds: () => boolean): Effect.Effect<void> {
    return Effect.promise(() =>
      new Promise<void>((resolve, reject) => {
        const over = setTimeout(() => {
          this.#waiting.delete(look);
          reject(new Error(`it has not come about within ${PATIENCE} ms that ${what}; there is: ${this.text}`));
        }, PATIENCE);
        const look = (): void => {
          if (!holds()) return;
          clearTimeout(over);
          this.#waiting.delete(look);
          resolve();
        };
        this.#waiting.add(look);
        look();
      })
    );
  }

  /** The first answer, as soon as it is whole or the connection is over. */
  get reply(): Effect.Effect<Reply> {
    return Effect.map(
      this.until("an answer is whole", () => this.isOver || parse(this.text) !== undefined),
      () => parse(this.text) ?? { status: 0, head: "", body: this.text },
    );
  }

  #end(): void {
    this.isOver = true;
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** The first whole answer in what has come. */
function parse(text: string): Reply | undefined {
  const end = text.indexOf("\r\n\r\n");
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1]);
  if (end === -1 || !Number.isInteger(status)) return undefined;
  const head = text.slice(0, end);
  const body = text.slice(end + 4);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head);
  if (status !== 204 && length !== undefined && body.length < Number(length)) return undefined;
  if (isChunked && !/(^|\r\n)0\r\n\r\n$/.test(body)) return undefined;
  return { status, head, body };
}

/** A connection for as long as the scope is open. */
export function open(port: number): Effect.Effect<RawSocket, never, Scope.Scope> {
  return Effect.acquireRelease(
    Effect.sync(() => new RawSocket(port)),
    (socket) => Effect.sync(() => socket.destroy()),
  );
}

/** Sends on a connection of its own, and gives the answer. */
export function ask(port: number, ...pieces: ReadonlyArray<Piece>): Effect.Effect<Reply> {
  return Effect.scoped(Effect.flatMap(open(port), (socket) => {
    socket.send(...pieces);
    return socket.reply;
  }));
}

/** A request in full. A `Host` comes with it unless one is among the headers, or `null` is. */
export function requestText(
  line: string,
  headers: ReadonlyArray<string | null> = [],
  body: string = "",
): string {
  const lines = headers.filter((header) => header !== null);
  const hasHost = headers.includes(null) || lines.some((header) => /^host *:/i.test(header));
  const hasLength = lines.some((header) => /^(content-length|transfer-encoding) *:/i.test(header));
  const all = [
    `${line} HTTP/1.1`,
    ...(hasHost ? [] : ["Host: 127.0.0.1"]),
    ...lines,
    ...(hasLength || line.startsWith("GET ") ? [] : [`Content-Length: ${body.length}`]),
  ];
  return `${all.join("\r\n")}\r\n\r\n${body}`;
}
