import * as Effect from "effect/Effect";
import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { askToken } from "../../../adapters/livekit/connect_options.ts";
import { textOf } from "../../../adapters/livekit/log_fields.ts";
import { joinError } from "../../../adapters/livekit/reasons.ts";
import { withoutSecrets } from "../../../adapters/livekit/secrets.ts";

const token = await new SignJWT({ video: { room: "yard", roomJoin: true } })
  .setProtectedHeader({ alg: "HS256" })
  .sign(new TextEncoder().encode("a secret"));

describe("what is told of tokens", () => {
  it("is nothing, in errors and in log lines, wherever a server puts them", () => {
    const told = new Error(`could not connect: invalid token: ${token}, error: the signature is invalid`);
    const error = joinError(told);
    expect(error.message).toBe(
      "cannot join the room (unreachable): could not connect: invalid token: (token), error: the signature is invalid",
    );
    // The cause would be logged with the error.
    expect(error.cause).toBeUndefined();
    expect(joinError(`no ${token}`).message).not.toContain(token);
    // One that was cut short, as log lines are, after whichever of its parts.
    for (const cut of [token.indexOf(".") + 1, 40, token.lastIndexOf(".") + 2]) {
      expect(withoutSecrets(`a ${token.slice(0, cut)} b`)).toBe("a (token) b");
    }
    expect(textOf(told)).toBe("Error: could not connect: invalid token: (token), error: the signature is invalid");
  });

  it("is nothing where a token function's own error tells it", async () => {
    const rejecting = () => Promise.reject(new Error(`cannot parse ${token}`));
    const error = await Effect.runPromise(Effect.flip(askToken(rejecting)));
    expect(error.detail).toBe("there is no token: cannot parse (token)");
    expect(error.cause).toBeUndefined();
  });

  it("leaves other text, and the cause of an error without a token, as they are", () => {
    const plain = new Error("could not connect to eyJ.example.org: no.such.host");
    expect(withoutSecrets(plain.message)).toBe(plain.message);
    expect(joinError(plain).cause).toBe(plain);
  });
});

describe("what is told of addresses", () => {
  it("is neither user nor password", () => {
    const told = "cannot reach wss://anna:hidden@livekit.example.org:7880/path, nor http://hidden@[::1]/a@b";
    const safe = "cannot reach wss://livekit.example.org:7880/path, nor http://[::1]/a@b";
    expect(withoutSecrets(told)).toBe(safe);
    expect(joinError(new Error(told)).detail).toBe(safe);
    expect(textOf(told)).toBe(safe);
    expect(withoutSecrets("mail anna@example.org about http://example.org/a@b")).toContain("anna@example.org");
  });
});
