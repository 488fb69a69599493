/**
 * One answer at a time on a connection.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** Makes the answer; resolved or not, it is made when the response is closed. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

interface Turn {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

/**
 * Requests on one connection that do not wait for their answers are answered in turn: Node would begin with all of them,
 * and hold what has been made of each until the client has read those before it. Who sends more than may wait is
 * disconnected: browsers and programs send the next one when they have been answered.
 */
export class Turns {
  readonly #answer: Answer;
  readonly #waiting: WeakMap<Socket, Array<Turn>> = new WeakMap();
  readonly #bound: number;

  /** So many requests of one connection may wait. */
  constructor(answer: Answer, bound: number) {
    this.#answer = answer;
    this.#bound = bound;
  }

  /** Answers a request when its turn has come. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    if (socket.destroyed) return;
    const waiting = this.#waiting.get(socket);
    if (waiting === undefined) {
      this.#waiting.set(socket, []);
      this.#begin(socket, { request, response });
    } else if (waiting.length < this.#bound) {
      waiting.push({ request, response });
    } else {
      this.#waiting.delete(socket);
      socket.destroy();
    }
  }

  #begin(socket: Socket, { request, response }: Turn): void {
    response.once("close", () => {
      const next = socket.destroyed ? undefined : this.#waiting.get(socket)?.shift();
      if (next === undefined) this.#waiting.delete(socket);
      else this.#begin(socket, next);
    });
    this.#answer(request, response);
  }
}
