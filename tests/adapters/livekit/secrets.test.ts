import { SignJWT } from "jose";
import { describe, expect, it } from "vitest";
import { textOf } from "../../../adapters/livekit/log_fields.ts";
import { joinError } from "../../../adapters/livekit/reasons.ts";
import { withoutTokens } from "../../../adapters/livekit/secrets.ts";

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
      expect(withoutTokens(`a ${token.slice(0, cut)} b`)).toBe("a (token) b");
    }
    expect(textOf(told)).toBe("Error: could not connect: invalid token: (token), error: the signature is invalid");
  });

  it("leaves other text, and the cause of an error without a token, as they are", () => {
    const plain = new Error("could not connect to eyJ.example.org: no.such.host");
    expect(withoutTokens(plain.message)).toBe(plain.message);
    expect(joinError(plain).cause).toBe(plain);
  });
});
