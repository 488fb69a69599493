import { assert, describe, it } from "vitest";
import { type Page, sse } from "../../../../adapters/sse/mod.ts";

const page: Page = {
  files: [
    { path: "index.html", contentType: "text/html; charset=utf-8", body: "<h1>ä</h1>", etag: '"1"' },
    { path: "assets/main.js", contentType: "text/javascript", body: Uint8Array.of(1, 2, 3), etag: '"2"' },
  ],
};

function ask(path: string, init: RequestInit = {}, basePath: string = "/"): Promise<Response> {
  const http = sse({ page, basePath, authorize: () => undefined });
  return http.fetch(new Request(`http://127.0.0.1:8787${path}`, init));
}

describe("the page", () => {
  it("is served at the mount and below, to everybody, with no device there", async () => {
    const index = await ask("/");
    assert.equal(index.status, 200);
    assert.equal(index.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(await index.text(), "<h1>ä</h1>");
    const script = await ask("/robot/assets/main.js?v=1", {}, "/robot/");
    assert.deepEqual(new Uint8Array(await script.arrayBuffer()), Uint8Array.of(1, 2, 3));
  });

  it("is reached by its exact paths only", async () => {
    const paths = [
      "/assets/",
      "/assets",
      "//index.html",
      "/./assets%2fmain.js",
      "/assets/%6dain.js",
      "/assets//main.js",
      "/INDEX.HTML",
      "/constructor",
      "/__proto__",
    ];
    for (const path of paths) assert.equal((await ask(path)).status, 404, path);
  });

  it("is handed on piece by piece as it is read, from memory that all answers share", async () => {
    const text = "ä".repeat(100_000);
    const large: Page = { files: [{ path: "index.html", contentType: "text/html", body: text, etag: '"1"' }] };
    const http = sse({ page: large });
    const get = () => http.fetch(new Request("http://127.0.0.1:8787/"));
    assert.equal(await (await get()).text(), text);
    const readers = [(await get()).body?.getReader(), (await get()).body?.getReader()];
    const [one, other] = await Promise.all(readers.map((reader) => reader?.read()));
    assert.equal(one?.value?.length, 64 * 1024);
    assert.strictEqual(one?.value?.buffer, other?.value?.buffer);
    await Promise.all(readers.map((reader) => reader?.cancel()));
  });

  it("is compressed for those who take it so, once for all of them", async () => {
    const text = "ä page".repeat(20_000);
    const http = sse({ page: { files: [{ path: "index.html", contentType: "text/html", body: text, etag: '"1"' }] } });
    const get = (headers: Record<string, string>, method = "GET") =>
      http.fetch(new Request("http://127.0.0.1:8787/", { method, headers }));
    const answer = await get({ "accept-encoding": "deflate, GZIP;q=0.5" });
    assert.equal(answer.headers.get("content-encoding"), "gzip");
    assert.equal(answer.headers.get("etag"), '"1-gzip"');
    assert.equal(answer.headers.get("vary"), "Accept-Encoding");
    const compressed = new Uint8Array(await answer.arrayBuffer());
    assert.isBelow(compressed.length, 10_000);
    const plain = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
    assert.equal(await new Response(plain).text(), text);
    const readers = [await get({ "accept-encoding": "*" }), await get({ "accept-encoding": "gzip" })]
      .map(({ body }) => body?.getReader());
    const [one, other] = await Promise.all(readers.map((reader) => reader?.read()));
    assert.strictEqual(one?.value?.buffer, other?.value?.buffer);
    assert.equal((await get({ "accept-encoding": "gzip" }, "HEAD")).headers.get("content-encoding"), "gzip");
    assert.equal((await get({ "accept-encoding": "gzip", "if-none-match": '"1-gzip"' })).status, 304);
    assert.equal((await get({ "accept-encoding": "gzip", "if-none-match": '"1"' })).status, 200);
  });

  it("is kept by caches for each origin by itself, and for each encoding", async () => {
    const http = sse({ page, origins: ["https://ops.example"] });
    const answer = await http.fetch(
      new Request("http://127.0.0.1:8787/", { headers: { origin: "https://ops.example" } }),
    );
    assert.equal(answer.headers.get("vary"), "Accept-Encoding, Origin");
  });

  it("is not compressed for others, nor what would be no shorter", async () => {
    const body = "ä page".repeat(20_000);
    const http = sse({ page: { files: [{ path: "index.html", contentType: "text/html", body, etag: '"1"' }] } });
    for (const accepted of ["", "br", "gzip;q=0", "gzip; q=0.0, *", "*;q=0", "gzip;q=x", "xgzip"]) {
      const headers = accepted === "" ? {} : { "accept-encoding": accepted };
      const answer = await http.fetch(new Request("http://127.0.0.1:8787/", { headers }));
      assert.isNull(answer.headers.get("content-encoding"), accepted);
      assert.equal(answer.headers.get("etag"), '"1"');
      assert.equal(await answer.text(), body);
    }
    const small = await ask("/", { headers: { "accept-encoding": "gzip" } });
    assert.isNull(small.headers.get("content-encoding"));
    assert.equal(await small.text(), "<h1>ä</h1>");
  });

  it("may hold files with nothing in them", async () => {
    const empty: Page = { files: [{ path: "index.html", contentType: "text/html", body: "", etag: '"1"' }] };
    const answer = await sse({ page: empty }).fetch(new Request("http://127.0.0.1:8787/"));
    assert.equal(answer.status, 200);
    assert.equal(await answer.text(), "");
  });

  it("is as it was given, whatever becomes of the bytes", async () => {
    const body = Uint8Array.of(1, 2, 3);
    const http = sse({ page: { files: [{ path: "a.bin", contentType: "image/png", body, etag: '"1"' }] } });
    body.fill(0);
    const answer = await http.fetch(new Request("http://127.0.0.1:8787/a.bin"));
    assert.deepEqual(new Uint8Array(await answer.arrayBuffer()), Uint8Array.of(1, 2, 3));
  });

  it("is not sent again to who has it", async () => {
    const known = await ask("/", { headers: { "if-none-match": 'W/"0", "1"' } });
    assert.equal(known.status, 304);
    assert.equal(await known.text(), "");
    assert.equal((await ask("/", { headers: { "if-none-match": '"2"' } })).status, 200);
  });

  it("can be asked for without its body", async () => {
    const head = await ask("/", { method: "HEAD" });
    assert.equal(head.headers.get("etag"), '"1"');
    assert.equal(await head.text(), "");
  });

  it("may load and reach nothing but the device", async () => {
    const { headers } = await ask("/");
    assert.equal(
      headers.get("content-security-policy"),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  });

  it("may reach the one server that its address names, for signalling and for requests", async () => {
    const connect = async (address: string) => {
      const { headers } = await ask(`/?livekit=${encodeURIComponent(address)}`);
      return /connect-src ([^;]*)/.exec(headers.get("content-security-policy") ?? "")?.[1];
    };
    assert.equal(await connect("wss://lk.example/path?x=1"), "'self' wss://lk.example https://lk.example");
    assert.equal(
      await connect("https://user:pass@lk.example:7880"),
      "'self' wss://lk.example:7880 https://lk.example:7880",
    );
    assert.equal(await connect("ws://[::1]:7880"), "'self' ws://[::1]:7880 http://[::1]:7880");
    for (
      const address of [
        "",
        "lk.example",
        "javascript:alert(1)",
        "wss://*",
        "wss://a;script-src *",
        "wss://a,b",
        "wss://a'b",
        "data:x",
        "wss://a%3bb",
        "wss://a *",
      ]
    ) {
      assert.equal(await connect(address), "'self'", address);
    }
  });

  it("that there is none of is said", async () => {
    const answer = await sse().fetch(new Request("http://127.0.0.1/"));
    assert.equal(answer.status, 404);
    assert.include((await answer.json() as { message: string }).message, "no page");
  });
});
