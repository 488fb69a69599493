import { assert, describe, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import type { OutgoingByteStream, Room, StreamError } from "../../../../transport/mod.ts";
import { advance, settle } from "../../../support/settle.ts";
import { joined, type ScriptedServer, type Seen } from "./scripted_server.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const open = (room: Room, topic = "control"): Effect.Effect<OutgoingByteStream, StreamError> =>
  room.openByteStream({ topic, destinations: ["rover"] });
const isPost = ({ path }: Seen): boolean => path.includes("/streams/");

/** Posts are answered when the test says so. */
function holdPosts(server: ScriptedServer): { readonly waiting: number; answer(status?: number): void } {
  const held: Array<(response: Response) => void> = [];
  server.answer = (seen) => isPost(seen) ? new Promise((resolve) => held.push(resolve)) : undefined;
  return {
    get waiting() {
      return held.length;
    },
    answer: (status = 204) => held.shift()?.(new Response(null, { status })),
  };
}

describe("what a viewer writes over server-sent events", () => {
  it.effect("goes on as many topics as the limit says, on each of them again and again", () =>
    Effect.gen(function* () {
      const { room } = yield* joined({ limits: { topics: 2 } });
      for (const topic of ["a", "b", "a"]) yield* Effect.flatMap(open(room, topic), ({ close }) => close);
      const { detail, reason } = yield* Effect.flip(open(room, "c"));
      assert.deepStrictEqual([reason, detail], ["open", "2 topics were used already; use one of them"]);
    }));

  it.effect("is posted one after another, with numbers; what has gathered meanwhile goes in one post", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined();
      const posts = holdPosts(server);
      const stream = yield* open(room);
      for (const text of ["a", "b"]) yield* stream.write(bytes(text));
      yield* settle;
      for (const text of ["c", "d", ""]) yield* stream.write(bytes(text));
      yield* stream.close;
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::ab"]);
      posts.answer();
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::ab", "1:close:cd"]);
      const post = server.seen.find(isPost);
      assert.strictEqual(post?.path, "/robot/sessions/s-1/streams/control");
      const [type, sid] = ["content-type", "fieldlink-sid"].map((name) => post?.headers.get(name));
      assert.deepStrictEqual([type, sid], ["application/octet-stream", "SID_1"]);
      posts.answer();
    }));

  it.effect("opens a stream also where nothing is written, and the next one of the topic goes on with the numbers", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined();
      const first = yield* open(room, "a/b ü");
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::"]);
      assert.strictEqual(
        new URL(server.seen.at(-1)!.path, "http://x").pathname,
        "/robot/sessions/s-1/streams/a%2Fb%20%C3%BC",
      );
      assert.strictEqual((yield* Effect.flip(open(room, "a/b ü"))).reason, "open");
      yield* first.abort;
      const second = yield* open(room, "a/b ü");
      yield* second.write(bytes("x"));
      yield* second.close;
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::", "1:abort:", "2:close:x"]);
      assert.strictEqual((yield* Effect.flip(first.write(bytes("x")))).reason, "closed");
      assert.strictEqual((yield* Effect.flip(second.write(bytes("x")))).reason, "closed");
    }));

  it.effect("is taken back by abort where it was not posted yet; a stream nobody has heard of leaves no trace", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined();
      const posts = holdPosts(server);
      const stream = yield* open(room);
      yield* stream.write(bytes("a"));
      yield* settle;
      yield* stream.write(bytes("b"));
      yield* stream.close;
      const next = yield* open(room);
      yield* next.write(bytes("c"));
      yield* stream.abort;
      const unheard = yield* open(room, "other");
      yield* unheard.write(bytes("d"));
      yield* unheard.abort;
      for (let turn = 0; turn < 4; turn += 1) {
        posts.answer();
        yield* settle;
      }
      assert.deepStrictEqual(server.posts, ["0::a", "1:abort:", "2::c"]);
    }));

  it.effect("goes in posts of a bounded size, and waits while too much of it does", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined({ limits: { outgoingBytes: 10, postBytes: 4 } });
      const posts = holdPosts(server);
      const stream = yield* open(room);
      const first = yield* Effect.forkChild(stream.write(bytes("0123456789abcdefghij")), { startImmediately: true });
      const second = yield* Effect.forkChild(stream.write(bytes("!")), { startImmediately: true });
      yield* settle;
      assert.deepStrictEqual([first.pollUnsafe(), second.pollUnsafe()], [undefined, undefined]);
      for (let turn = 0; turn < 20 && posts.waiting > 0; turn += 1) {
        posts.answer();
        yield* settle;
      }
      yield* Fiber.joinAll([first, second]);
      const bodies = server.posts.map((post) => post.split(":")[2] ?? "");
      assert.isTrue(bodies.every((body) => body.length <= 4));
      assert.strictEqual(bodies.join(""), "0123456789abcdefghij!");
      assert.deepStrictEqual(server.posts.map((post) => Number.parseInt(post)), bodies.map((_, index) => index));
    }));

  it.effect("is posted again, the very same, until there is an answer: after a break, in time, and by a full server", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined({ limits: { postTimeoutMs: 5_000 } });
      const failures: Array<() => Response | Promise<Response>> = [
        () => Promise.reject(new TypeError("reset")),
        () => new Promise(() => {}),
        () => new Response("full", { status: 503 }),
        () => new Response("slowly", { status: 429 }),
      ];
      server.answer = (seen) => isPost(seen) ? failures.shift()?.() : undefined;
      const stream = yield* open(room);
      yield* stream.write(bytes("a"));
      yield* settle;
      yield* stream.write(bytes("b"));
      yield* advance(10_000, 100);
      assert.deepStrictEqual(server.posts, ["0::a", "0::a", "0::a", "0::a", "0::a", "1::b"]);
    }));

  it.effect("counts as taken where the server waits for the next number, and ends the room where it waits for another", () =>
    Effect.gen(function* () {
      const { server, room, told } = yield* joined();
      const conflicts = [1, 7];
      server.answer = (seen) => {
        const expected = isPost(seen) ? conflicts.shift() : undefined;
        return expected === undefined ? undefined : Response.json({ error: "gap", expected }, { status: 409 });
      };
      const stream = yield* open(room);
      yield* stream.write(bytes("a"));
      yield* settle;
      assert.deepStrictEqual(told.slice(1), []);
      yield* stream.write(bytes("b"));
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::a", "1::b"]);
      assert.strictEqual(told.at(-1), "over: connection-lost");
      assert.strictEqual((yield* Effect.flip(stream.write(bytes("c")))).reason, "write");
    }));

  it.effect("waits for the new beginning where it was under way over a reset", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined();
      server.answer = (seen) =>
        isPost(seen) && seen.headers.get("fieldlink-sid") === "SID_1"
          ? Response.json({ error: "reset" }, { status: 409 })
          : undefined;
      const stream = yield* open(room);
      yield* stream.write(bytes("old"));
      yield* advance(2_000);
      yield* stream.write(bytes("old too"));
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::old"]);
      server.source.end();
      yield* settle;
      server.source.open({ resumed: false, sid: "SID_2" }, "f.-1");
      yield* settle;
      assert.strictEqual((yield* Effect.flip(stream.write(bytes("x")))).reason, "write");
      const next = yield* open(room);
      yield* next.write(bytes("new"));
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::old", "0::new"]);
    }));

  for (const [status, end] of [[404, "connection-lost"], [401, "expired"], [403, "expired"]] as const) {
    it.effect(`ends the room as ${end} where the answer is ${status}`, () =>
      Effect.gen(function* () {
        const { server, room, told } = yield* joined();
        server.answer = (seen) => isPost(seen) ? new Response("no", { status }) : undefined;
        yield* (yield* open(room)).write(bytes("a"));
        yield* settle;
        assert.strictEqual(told.at(-1), `over: ${end}`);
      }));
  }

  for (const [status, error] of [[413, "size"], [429, "topics"]] as const) {
    it.effect(`fails its stream, and no other, where the server will never take it: ${status} ${error}`, () =>
      Effect.gen(function* () {
        const { server, room, told } = yield* joined();
        server.answer = (seen) =>
          seen.path.endsWith("/bad") ? Response.json({ error, message: "too much" }, { status }) : undefined;
        const bad = yield* open(room, "bad");
        const good = yield* open(room, "good");
        yield* bad.write(bytes("a"));
        yield* settle;
        const failed = yield* Effect.flip(bad.write(bytes("b")));
        assert.deepStrictEqual([failed.reason, failed.detail], ["write", `the server answers ${status}: too much`]);
        yield* good.write(bytes("c"));
        yield* settle;
        assert.strictEqual(server.posts.at(-1), "1::c");
        assert.deepStrictEqual(told.slice(1), []);
      }));
  }

  it.effect("is given up at the server where a later part is refused, and the next stream of the topic begins behind it", () =>
    Effect.gen(function* () {
      const { server, room, told } = yield* joined({ limits: { postBytes: 4 } });
      server.answer = (seen) =>
        isPost(seen) && new TextDecoder().decode(seen.body).includes("#")
          ? Response.json({ message: "too large" }, { status: 413 })
          : undefined;
      const bad = yield* open(room);
      yield* bad.write(bytes("abcd##ef"));
      yield* bad.close;
      const next = yield* open(room);
      yield* next.write(bytes("x"));
      yield* advance(1_000);
      assert.deepStrictEqual(server.posts, ["0::abcd", "1:close:##ef", "1:abort:", "2::x"]);
      assert.strictEqual((yield* Effect.flip(bad.write(bytes("y")))).reason, "write");
      // One that is given up by its writer meanwhile ends once.
      const other = yield* open(room, "other");
      yield* other.write(bytes("a"));
      yield* settle;
      const posts = holdPosts(server);
      yield* other.write(bytes("#"));
      yield* settle;
      yield* other.abort;
      posts.answer(413);
      yield* settle;
      posts.answer();
      yield* settle;
      assert.deepStrictEqual(server.posts.slice(4), ["0::a", "1::#", "1:abort:"]);
      assert.deepStrictEqual(told.slice(1), []);
    }));

  it.effect("ends the room where not even the end of a stream is taken", () =>
    Effect.gen(function* () {
      const { server, room, told } = yield* joined();
      const stream = yield* open(room);
      yield* settle;
      server.answer = (seen) => isPost(seen) ? Response.json({ message: "what?" }, { status: 400 }) : undefined;
      yield* stream.write(bytes("a"));
      yield* settle;
      assert.deepStrictEqual(server.posts, ["0::", "1::a", "1:abort:"]);
      assert.strictEqual(told.at(-1), "over: connection-lost");
    }));

  it.effect("can be interrupted while it waits, and abort ends the stream then", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined({ limits: { outgoingBytes: 2 } });
      const posts = holdPosts(server);
      const stream = yield* open(room);
      const fiber = yield* Effect.forkChild(stream.write(bytes("abcdef")), { startImmediately: true });
      yield* settle;
      yield* Fiber.interrupt(fiber);
      yield* stream.abort;
      assert.strictEqual((yield* Effect.flip(stream.write(bytes("x")))).reason, "closed");
      posts.answer();
      yield* settle;
      posts.answer();
      assert.deepStrictEqual(server.posts, ["0::ab", "1:abort:"]);
    }));
});

describe("what a viewer tells beside its streams", () => {
  it.effect("is its attributes, the latest of each, and again where the server was away", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined();
      const failures = [503];
      server.answer = ({ method }) => {
        const status = method === "PATCH" ? failures.shift() : undefined;
        return status === undefined ? undefined : new Response("", { status });
      };
      yield* room.setAttributes(new Map([["a", "1"], ["b", "1"]]));
      yield* settle;
      yield* room.setAttributes(new Map([["b", "2"]]));
      yield* advance(1_000);
      const bodies = server.seen.filter(({ method }) => method === "PATCH").map(({ body }) =>
        new TextDecoder().decode(body)
      );
      assert.deepStrictEqual(bodies.map((body) => JSON.parse(body)), [
        { attributes: { a: "1", b: "1" } },
        { attributes: { a: "1", b: "2" } },
      ]);
    }));

  it.effect("is a sign of life, three in the time that the server would wait, where nothing else is asked of it", () =>
    Effect.gen(function* () {
      const { server, room } = yield* joined();
      const wait = Effect.fnUntraced(function* (ms: number) {
        for (let left = ms; left > 0; left -= 5_000) {
          server.source.raw(": keep-alive\n\n");
          yield* advance(5_000, 5_000);
        }
      });
      yield* wait(30_000);
      assert.strictEqual(server.count("PATCH"), 3);
      const stream = yield* open(room);
      for (let turn = 0; turn < 6; turn += 1) {
        yield* stream.write(bytes("x"));
        yield* wait(5_000);
      }
      assert.strictEqual(server.count("PATCH"), 3);
    }));

  it.effect("shows that the session is no more", () =>
    Effect.gen(function* () {
      const { server, told } = yield* joined();
      server.answer = ({ method }) => method === "PATCH" ? new Response("", { status: 404 }) : undefined;
      yield* advance(10_000, 5_000);
      assert.strictEqual(told.at(-1), "over: connection-lost");
    }));
});
