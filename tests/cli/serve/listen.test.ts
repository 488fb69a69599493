import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { CannotListen } from "../../../cli/serve/errors.ts";
import { listen } from "../../../cli/serve/listen.ts";
import { open } from "../../adapters/sse/support/raw_socket.ts";

const hostname = "127.0.0.1";
const fetch_ = () => Promise.resolve(new Response("here"));

function get(port: number): Effect.Effect<string> {
  return Effect.promise(async () => await (await fetch(`http://${hostname}:${port}/`)).text());
}

describe("listening for HTTP requests", () => {
  it.live("answers until the scope closes, with the connections that are open then", () =>
    Effect.gen(function* () {
      const endless = () => Promise.resolve(new Response(new ReadableStream()));
      const port = yield* Effect.scoped(Effect.gen(function* () {
        const port = yield* listen({ fetch: fetch_, hostname, port: 0, isAnyPort: true });
        expect(yield* get(port)).toBe("here");
        const other = yield* listen({ fetch: endless, hostname, port: 0, isAnyPort: true });
        yield* Effect.promise(() => fetch(`http://${hostname}:${other}/`));
        return port;
      }));
      expect(yield* Effect.promise(() => fetch(`http://${hostname}:${port}/`).then(() => "answers", () => "gone")))
        .toBe("gone");
    }));

  it.live("takes the next port where one is taken, and says so where that one was asked for", () =>
    Effect.gen(function* () {
      const port = yield* listen({ fetch: fetch_, hostname, port: 0, isAnyPort: true });
      const next = yield* listen({ fetch: fetch_, hostname, port, isAnyPort: true });
      expect(next).toBeGreaterThan(port);
      expect(yield* get(next)).toBe("here");
      const error = yield* Effect.flip(listen({ fetch: fetch_, hostname, port, isAnyPort: false }));
      expect(error).toBeInstanceOf(CannotListen);
      expect(error.message).toBe(
        `cannot listen on 127.0.0.1 port ${port}: the port is taken: give another one, or 0 for any`,
      );
    }));

  it.live("says what the system says where an address cannot be had", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(listen({ fetch: fetch_, hostname: "192.0.2.1", port: 0, isAnyPort: true }));
      expect(error.message).toMatch(/^cannot listen on 192\.0\.2\.1 port 0: (?!the port is taken)./);
    }));

  it.live("closes connections whose headers come too slowly, and answers others meanwhile", () =>
    Effect.gen(function* () {
      const port = yield* listen({ fetch: fetch_, hostname, port: 0, isAnyPort: true, headersMs: 300 });
      const slow = yield* open(port);
      slow.send("GET / HTTP/1.1\r\n");
      const drip = setInterval(() => slow.send("X: y\r\n"), 20);
      yield* Effect.addFinalizer(() => Effect.sync(() => clearInterval(drip)));
      expect(yield* get(port)).toBe("here");
      yield* slow.until("the connection is closed", () => slow.isOver);
      expect(slow.text).not.toMatch(/^HTTP\/1.1 200/);
    }));

  it.live("answers 500 where the one who answers fails, and goes on", () =>
    Effect.gen(function* () {
      let requests = 0;
      const fetchOnce = () =>
        requests++ === 0 ? Promise.reject(new Error("no")) : Promise.resolve(new Response("here"));
      const port = yield* listen({ fetch: fetchOnce, hostname, port: 0, isAnyPort: true });
      const first = yield* Effect.promise(() => fetch(`http://${hostname}:${port}/`));
      expect(first.status).toBe(500);
      yield* Effect.promise(() => first.text());
      expect(yield* get(port)).toBe("here");
    }));
});
