/**
 * The rover as the command serves it: over HTTP, with the page as it was built.
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { sse } from "../../../adapters/sse/mod.ts";
import { makeDevice } from "../../../cli/device/device.ts";
import { logSource } from "../../../cli/device/log_source.ts";
import { Rover } from "../../../cli/rover/rover.ts";
import { roverOffering } from "../../../cli/rover/rover_offering.ts";
import { roverSource } from "../../../cli/rover/rover_source.ts";
import { listen } from "../../../cli/serve/listen.ts";
import { page } from "../../../page/mod.ts";

const SETTINGS = {
  file: undefined,
  play: undefined,
  speed: 1,
  loop: false,
  topics: [],
  reliable: [],
  wait: 0,
  duration: undefined,
} as const;

/** A rover on a port of its own, with a relay in front of it that can be cut. */
export class ServedRover implements AsyncDisposable {
  readonly rover: Rover;
  /** Where the page is, by way of the relay. */
  readonly url: string;
  readonly #relay: Relay;
  readonly #scope: Scope.Closeable;

  private constructor(rover: Rover, relay: Relay, scope: Scope.Closeable) {
    this.rover = rover;
    this.#relay = relay;
    this.#scope = scope;
    this.url = `http://127.0.0.1:${relay.port}/`;
  }

  /** `token`: what viewers have to present; none: nothing. */
  static start(token?: string): Promise<ServedRover> {
    const rover = new Rover();
    const start = Effect.gen(function* () {
      const scope = yield* Scope.make();
      const carrier = sse({
        identity: "rover-7",
        page,
        ...(token === undefined ? {} : {
          authorize: (request: Request) =>
            request.headers.get("authorization") === `Bearer ${token}` ? { subject: "somebody" } : undefined,
        }),
      });
      const source = roverSource(rover, { start: () => BigInt(Date.now()) * 1_000_000n });
      const device = yield* Scope.provide(
        makeDevice({
          name: "rover-7",
          transport: carrier,
          channels: source.channels,
          isReliable: () => false,
          offering: roverOffering(rover),
        }),
        scope,
      );
      yield* Scope.provide(Effect.forkScoped(logSource(source, device, SETTINGS, () => {})), scope);
      const port = yield* Scope.provide(
        listen({ fetch: carrier.fetch, hostname: "127.0.0.1", port: 0, isAnyPort: false }),
        scope,
      );
      const relay = yield* Effect.promise(() => Relay.start(port));
      return new ServedRover(rover, relay, scope);
    });
    return Effect.runPromise(start);
  }

  /** Breaks all connections; new ones are `refused` until they are let through again. */
  cut(): void {
    this.#relay.cut();
  }

  /** Lets connections through again. */
  mend(): void {
    this.#relay.isOpen = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#relay.close();
    await Effect.runPromise(Scope.close(this.#scope, Exit.void));
  }
}

/** Passes connections on to a port of this host. */
class Relay {
  readonly port: number;
  isOpen = true;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, port: number, sockets: Set<Socket>) {
    this.#server = server;
    this.port = port;
    this.#sockets = sockets;
    server.on("connection", (socket) => {
      if (!this.isOpen) socket.destroy();
    });
  }

  static async start(to: number): Promise<Relay> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(to, "127.0.0.1");
      for (const [socket, other] of [[near, far], [far, near]] as const) {
        sockets.add(socket);
        socket.on("error", () => other.destroy());
        socket.on("close", () => {
          sockets.delete(socket);
          other.destroy();
        });
        socket.pipe(other);
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("the relay has no port");
    return new Relay(server, address.port, sockets);
  }

  cut(): void {
    this.isOpen = false;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
