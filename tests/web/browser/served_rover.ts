/**
 * The rover as the command serves it: over HTTP, with the page as it was built.
 */
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
import { FaultyProxy } from "../../support/faulty_proxy.ts";

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

/** A rover on a port of its own, with a line in front of it that can be cut, or stand still. */
export class ServedRover implements AsyncDisposable {
  readonly rover: Rover;
  /** Where the page is, by way of the line. */
  readonly url: string;
  readonly #line: FaultyProxy;
  readonly #scope: Scope.Closeable;

  private constructor(rover: Rover, line: FaultyProxy, scope: Scope.Closeable) {
    this.rover = rover;
    this.#line = line;
    this.#scope = scope;
    this.url = line.url;
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
      const line = yield* Effect.promise(() => FaultyProxy.start(port, "rover"));
      return new ServedRover(rover, line, scope);
    });
    return Effect.runPromise(start);
  }

  /** Breaks all connections; new ones are `refused` until they are let through again. */
  cut(): void {
    this.#line.isRefusing = true;
    this.#line.cut();
  }

  /** Lets connections through again. */
  mend(): void {
    this.#line.isRefusing = false;
  }

  /** Breaks no connection, and lets nothing through; or lets all through again. */
  set isStill(isStill: boolean) {
    this.#line.isStill = isStill;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#line[Symbol.asyncDispose]();
    await Effect.runPromise(Scope.close(this.#scope, Exit.void));
  }
}
