/**
 * A device that counts, served with the page as it was built, at the other end of a bad line.
 */
import * as Effect from "effect/Effect";
import * as Exit from "effect/Exit";
import * as Scope from "effect/Scope";
import { sse } from "../../../adapters/sse/mod.ts";
import { listen } from "../../../cli/serve/listen.ts";
import { type Channel, Context, Gateway } from "../../../mod.ts";
import { page } from "../../../page/mod.ts";
import { FaultyProxy } from "../../support/faulty_proxy.ts";

/** Counts on two reliable channels: one that the page shows as a log, and one of which it shows the last message. */
export class CountingDevice implements AsyncDisposable {
  /** The line between it and the page. */
  readonly line: FaultyProxy;
  /** How far it has counted. */
  count = 0;
  readonly #gateway: Gateway;
  readonly #log: Channel;
  readonly #state: Channel;
  readonly #scope: Scope.Closeable;

  private constructor(line: FaultyProxy, context: Context, gateway: Gateway, scope: Scope.Closeable) {
    this.line = line;
    this.#gateway = gateway;
    this.#scope = scope;
    this.#log = context.channel({
      topic: "/log",
      encoding: "json",
      schema: { name: "foxglove.Log", encoding: "jsonschema", data: "{}" },
      qos: "reliable",
    });
    this.#state = context.channel({ topic: "/state", encoding: "json", qos: "reliable" });
  }

  static async start(seed: string): Promise<CountingDevice> {
    const context = new Context();
    const carrier = sse({ identity: "counter", page });
    const gateway = await Gateway.start({ name: "counter", context, transport: carrier, log: () => undefined });
    const scope = Effect.runSync(Scope.make());
    const listening = listen({ fetch: carrier.fetch, hostname: "127.0.0.1", port: 0, isAnyPort: false });
    const port = await Effect.runPromise(Scope.provide(listening, scope));
    return new CountingDevice(await FaultyProxy.start(port, seed), context, gateway, scope);
  }

  /** How many viewers there are that have subscribed to both channels. */
  get listeners(): number {
    return this.#gateway.viewers.filter(({ topics }) => topics.length === 2).length;
  }

  /** How many viewers there are. */
  get viewers(): number {
    return this.#gateway.viewers.length;
  }

  /** Says the next number. */
  next(): void {
    const number = this.count++;
    this.#log.log(JSON.stringify({ level: 2, name: "counter", message: `number ${number}` }));
    this.#state.log(JSON.stringify({ number }));
  }

  /** Leaves; the page is served on. */
  leave(): Promise<void> {
    return this.#gateway.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.line[Symbol.asyncDispose]();
    await this.#gateway.close();
    await Effect.runPromise(Scope.close(this.#scope, Exit.void));
  }
}
