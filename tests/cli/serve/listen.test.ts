import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import { vi } from "vitest";
import { CannotListen } from "../../../cli/serve/errors.ts";
import { listen } from "../../../cli/serve/listen.ts";
import { ask, open, PATIENCE, requestText } from "../../adapters/sse/support/raw_socket.ts";

const hostname = "127.0.0.1";
const fetch_ = () => Promise.resolve(new Response("here"));

function get(port: number): Effect.Effect<string> {
  return Effect.promise(async () => await (await fetch(`http://${hostname}:${port}/`)).text());
}

/** Waits until it holds, which no socket tells of. */
function eventually(what: string, holds: () => boolean): Effect.Effect<void> {
  return Effect.promise(() => vi.waitFor(() => expect(holds(), what).toBe(true), { timeout: PATIENCE, interval: 5 }));
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

  it.live("refuses an address that is none, as anything else is refused", () =>
    Effect.gen(function* () {
      const port = yield* listen({ fetch: fetch_, hostname, port: 0, isAnyPort: true });
      for (
        const text of [
          requestText("GET /", ["Host: a@127.0.0.1"]),
          // Bun refuses these by itself, with a 400 that says nothing.
          ...("Bun" in globalThis ? [] : [requestText("GET *"), requestText("GET file:///etc/passwd")]),
        ]
      ) {
        const { status, head, body } = yield* ask(port, text);
        expect(status, text).toBe(400);
        expect(head.toLowerCase(), text).toContain("content-type: application/json");
        expect(head.toLowerCase(), text).toContain("x-content-type-options: nosniff");
        expect(JSON.parse(body), text).toEqual({
          error: "bad-request",
          message: "the request's path and its header Host make no address",
        });
      }
      expect(yield* get(port)).toBe("here");
    }));

  it.live("answers the requests of a connection one after the other", () =>
    Effect.gen(function* () {
      const answers: Array<(text: string) => void> = [];
      const slow = () => new Promise<Response>((resolve) => answers.push((text) => resolve(new Response(text))));
      const port = yield* listen({ fetch: slow, hostname, port: 0, isAnyPort: true });
      const client = yield* open(port);
      client.send(requestText("GET /1"), requestText("GET /2"), requestText("POST /3", [], "body"));
      const other = yield* open(port);
      other.send(requestText("GET /"));
      yield* eventually("both are asked", () => answers.length === 2);
      answers[0]?.("first");
      answers[1]?.("other");
      yield* eventually("the next is asked", () => answers.length === 3);
      yield* client.until("the first is answered", () => client.text.includes("first"));
      answers[2]?.("second");
      yield* eventually("the last is asked", () => answers.length === 4);
      answers[3]?.("third");
      yield* client.until("all are answered", () => client.text.includes("third"));
      expect(client.text.indexOf("first")).toBeLessThan(client.text.indexOf("second"));
    }));

  it.live("goes on with a connection after answers of every kind", () =>
    Effect.gen(function* () {
      const kinds = (request: Request): Promise<Response> => {
        const { pathname } = new URL(request.url);
        if (pathname === "/fails") return Promise.reject(new Error("no"));
        if (pathname === "/piece") return Promise.resolve(new Response(new Blob(["piece"]).stream()));
        const status = Number(pathname.slice(1));
        return Promise.resolve(new Response(status === 200 ? "all" : null, { status }));
      };
      const port = yield* listen({ fetch: kinds, hostname, port: 0, isAnyPort: true });
      const client = yield* open(port);
      const requests = [
        ["GET /204", "204"],
        ["GET /304", "304"],
        ["HEAD /200", "200"],
        ["GET /fails", "500"],
        ["POST /200", "200"],
        ["DELETE /204", "204"],
        ["GET /piece", "200"],
        ["HEAD /piece", "200"],
        ["GET /200", "200"],
      ] as const;
      for (const isPipelined of [false, true]) {
        let count = client.text.split("HTTP/1.1 ").length - 1;
        for (const [line] of requests) {
          client.send(requestText(line, [], line.startsWith("POST") ? "body" : ""));
          count += 1;
          const whole = count;
          if (!isPipelined || line === "GET /200") {
            yield* client.until(`${line} is answered`, () => client.text.split("HTTP/1.1 ").length - 1 >= whole);
          }
        }
      }
      const statuses = [...client.text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status);
      const once = requests.map(([, status]) => status);
      expect(statuses).toEqual([...once, ...once]);
    }));

  it.live("ends a connection that sends many requests and waits for no answer", () =>
    Effect.gen(function* () {
      let requests = 0;
      const endless = () => {
        requests += 1;
        return Promise.resolve(new Response(new ReadableStream()));
      };
      const port = yield* listen({ fetch: endless, hostname, port: 0, isAnyPort: true });
      const client = yield* open(port);
      client.send(requestText("GET /").repeat(1_000));
      yield* client.until("the connection is closed", () => client.isOver);
      expect(requests).toBeLessThanOrEqual(1);
    }));

  it.live("asks for no more of an answer than is read, and ends the connection when nothing is read for long", () =>
    Effect.gen(function* () {
      const piece = new Uint8Array(64 * 1024);
      let pieces = 0;
      let isCancelled = false;
      const large = () =>
        Promise.resolve(
          new Response(
            new ReadableStream<Uint8Array>({
              pull: (controller) => {
                pieces += 1;
                controller.enqueue(piece);
              },
              cancel: () => void (isCancelled = true),
            }, { highWaterMark: 0 }),
          ),
        );
      const port = yield* listen({ fetch: large, hostname, port: 0, isAnyPort: true, stillMs: 300 });
      const client = yield* open(port);
      client.pause();
      client.send(requestText("GET /"));
      if ("Bun" in globalThis) {
        // It cannot tell, and connections are bounded.
        yield* eventually("some is asked for", () => pieces > 1);
      } else yield* eventually("the answer is given up", () => isCancelled);
      // What the system's own buffers take, on either side.
      expect(pieces * piece.length).toBeLessThan(32 * 1024 * 1024);
    }));

  it.live("keeps a connection on which an answer comes slowly, and is read", () =>
    Effect.gen(function* () {
      let rest = 20;
      const drip = () =>
        Promise.resolve(
          new Response(
            new ReadableStream<Uint8Array>({
              pull: async (controller) => {
                await new Promise((resolve) => setTimeout(resolve, 50));
                controller.enqueue(new TextEncoder().encode("x"));
                if (--rest === 0) controller.close();
              },
            }),
          ),
        );
      const port = yield* listen({ fetch: drip, hostname, port: 0, isAnyPort: true, stillMs: 500 });
      expect(yield* get(port)).toBe("x".repeat(20));
    }));

  it.live("closes connections beyond those it may have, and takes others when they are gone", () =>
    Effect.gen(function* () {
      const port = yield* listen({ fetch: fetch_, hostname, port: 0, isAnyPort: true, connections: 2 });
      const clients = [yield* open(port), yield* open(port)];
      for (const client of clients) {
        client.send(requestText("GET /"));
        expect((yield* client.reply).status).toBe(200);
      }
      expect((yield* ask(port, requestText("GET /"))).status).toBe(0);
      for (const client of clients) client.destroy();
      const again = Effect.repeat(ask(port, requestText("GET /")), {
        until: ({ status }) => status === 200,
      });
      expect((yield* again).body).toContain("here");
    }));
});
