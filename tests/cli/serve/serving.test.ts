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
});
