import { describe, expect, it } from "@effect/vitest";
import * as Effect from "effect/Effect";
import * as Redacted from "effect/Redacted";
import { sseClient } from "../../../adapters/sse/mod.ts";
import { LOOPBACK, type ServeOptions } from "../../../cli/serve/options.ts";
import { serve, type Served } from "../../../cli/serve/serving.ts";
import { Context, Gateway, Viewer } from "../../../mod.ts";

const options: ServeOptions = { port: 0, host: undefined, token: undefined, insecure: false, allowHosts: [] };

function served(more: Partial<ServeOptions> = {}) {
  return serve("rover", { ...options, ...more });
}

/** Where it is, without the token. */
function addressOf({ urls }: Served): string {
  return (urls.at(-1) ?? "").replace(/#.*/, "");
}

function tokenOf({ urls }: Served): string | undefined {
  return /#token=(.+)$/.exec(urls[0] ?? "")?.[1];
}

function get(url: string, headers: Record<string, string> = {}, method = "GET"): Effect.Effect<Response> {
  return Effect.promise(async () => {
    const response = await fetch(url, { method, headers, redirect: "manual" });
    await response.arrayBuffer();
    return response;
  });
}

describe("serving a device", () => {
  it.live("gives a page, and a way in for viewers over a socket and without one", () =>
    Effect.gen(function* () {
      const way = yield* served();
      expect(way.urls).toHaveLength(1);
      expect(way.urls[0]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      const context = yield* Context.make;
      context.channel({ topic: "/pose", encoding: "json" });
      yield* Gateway.make({ name: "rover-7", context, transport: way.transport });
      const page = yield* get(addressOf(way));
      expect(page.status).toBe(200);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      for (const transport of [way.inside("one"), sseClient({ url: addressOf(way), identity: "two" })]) {
        const viewer = yield* Viewer.make(transport);
        expect((yield* viewer.deviceEffect).name).toBe("rover-7");
      }
    }));

  it.live("asks for the token that was given, of everything but the page", () =>
    Effect.gen(function* () {
      const way = yield* served({ token: Redacted.make("open sesame") });
      expect(tokenOf(way)).toBe("open%20sesame");
      yield* Gateway.make({ name: "rover-7", context: yield* Context.make, transport: way.transport });
      const url = addressOf(way);
      expect((yield* get(url)).status).toBe(200);
      for (const authorization of ["", "Bearer ", "Bearer open", "Bearer open sesame ", "Basic open sesame"]) {
        const { status } = yield* get(`${url}sessions`, authorization === "" ? {} : { authorization }, "POST");
        // The header's own rule takes spaces away at its ends.
        expect(status, authorization).toBe(authorization === "Bearer open sesame " ? 201 : 401);
      }
      const viewer = yield* Viewer.make(sseClient({ url, token: "open sesame" }));
      expect((yield* viewer.deviceEffect).name).toBe("rover-7");
      const inside = yield* Viewer.make(way.inside("inside"));
      expect((yield* inside.deviceEffect).name).toBe("rover-7");
    }));

  it.live("makes a token up where others may reach it, unless it is told not to", () =>
    Effect.gen(function* () {
      const way = yield* served({ host: "0.0.0.0" });
      const other = yield* served({ host: "0.0.0.0" });
      expect(way.urls.at(-1)).toContain(`http://${LOOPBACK}:`);
      expect(tokenOf(way)).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(tokenOf(other)).not.toBe(tokenOf(way));
      const context = yield* Context.make;
      yield* Gateway.make({ name: "rover-7", context, transport: way.transport });
      expect((yield* get(`${addressOf(way)}sessions`, {}, "POST")).status).toBe(401);
      const open = yield* served({ host: "0.0.0.0", insecure: true });
      expect(tokenOf(open)).toBeUndefined();
      yield* Gateway.make({ name: "rover-7", context, transport: open.transport });
      expect((yield* get(`${addressOf(open)}sessions`, {}, "POST")).status).toBe(201);
    }));

  it.live("asks for a token by any host of which it is not certain that it is this machine alone", () =>
    Effect.gen(function* () {
      for (const host of ["127.1", "127.0.0.01"]) {
        const way = yield* Effect.result(served({ host, insecure: true }));
        // Whether it leads anywhere is the resolver's; it must not be taken for one that needs no token.
        if (way._tag === "Failure") expect(way.failure._tag, host).toBe("CannotListen");
      }
    }));

  it.live("makes a token up where others may come by a further name, for example through a tunnel", () =>
    Effect.gen(function* () {
      expect(tokenOf(yield* served({ allowHosts: ["rover.example"] }))).toMatch(/^[A-Za-z0-9_-]{22}$/);
      expect(tokenOf(yield* served({ allowHosts: ["rover.example"], insecure: true }))).toBeUndefined();
    }));

  it.live("says what does not go together", () =>
    Effect.gen(function* () {
      const problem = (more: Partial<ServeOptions>): Effect.Effect<string, never> =>
        Effect.scoped(Effect.flip(served(more))).pipe(Effect.map(({ message }) => message), Effect.orDie);
      expect(yield* problem({ insecure: true })).toBe(
        "--insecure goes with a --host that others reach, or an --allow-host: this machine alone needs no token",
      );
      expect(yield* problem({ insecure: true, host: "0.0.0.0", token: Redacted.make("x") })).toBe(
        "--insecure is for serving without a token: leave out one of the two",
      );
      expect(yield* problem({ token: Redacted.make("") })).toContain("--token is empty");
    }));

  it.live("takes names to be asked by as they stand in a request, and says what to write in place of others", () =>
    Effect.gen(function* () {
      const advice = {
        "foo:80": "write foo",
        "https://name.example/": "write name.example",
        "https://user:secret@name.example:8443/path?x#y": "write name.example",
        "name.example/": "write name.example",
        " name.example": "write name.example",
        "::1": "write [::1]",
        "*.ngrok.io":
          'received "*.ngrok.io", but there are no patterns; write the whole name, for example rover.example',
        "": 'received ""; write it like rover.example',
        "a b": 'received "a b"; write it like rover.example',
      };
      for (const [name, what] of Object.entries(advice)) {
        const error = yield* Effect.flip(served({ allowHosts: ["rover.example", name] }));
        expect(error._tag, name).toBe("OptionConflict");
        expect(error.message, name).toBe(
          `--allow-host takes a name without scheme, port and path: ${what}`,
        );
      }
      for (const name of ["rover.example", "ROVER", "rover_7.local", "192.0.2.1", "[2001:db8::1]"]) {
        expect((yield* served({ allowHosts: [name] })).urls, name).toHaveLength(1);
      }
    }));

  it.live("says which options cannot work before it listens", () =>
    Effect.gen(function* () {
      for (const host of ["", " "]) {
        const error = yield* Effect.flip(served({ host }));
        expect(error._tag).toBe("OptionConflict");
        expect(error.message).toBe("--host is empty: give the address to listen on, or leave it out");
      }
      const error = yield* Effect.flip(serve("a\nb", options));
      expect(error._tag).toBe("OptionConflict");
      expect(error.message).toContain("identity");
    }));

  it.live("refuses tokens that no header can hold, and does not tell them", () =>
    Effect.gen(function* () {
      const ends = "--token has spaces at an end, which a header loses: leave them out";
      const others = "--token has characters in it that no header can hold: use ASCII without control characters";
      const lines = "--token has a line break in it, which no header can hold: was it read from a file?";
      const problems = {
        "abc ": ends,
        " abc": ends,
        " ": ends,
        "gr\u00fcn": others,
        "a\u2028b": others,
        "a\tb": others,
        "a\x7f": others,
        "abc\n": lines,
        "a\r\nb": lines,
      };
      for (const [token, problem] of Object.entries(problems)) {
        const error = yield* Effect.flip(served({ token: Redacted.make(token) }));
        expect(error._tag, token).toBe("OptionConflict");
        expect(error.message, token).toBe(problem);
      }
    }));
});
