import { decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { accessToken, type AccessTokenOptions } from "../../../adapters/livekit/mod.ts";

const who: AccessTokenOptions = { apiKey: "devkey", apiSecret: "secret", room: "yard", identity: "rover-7" };

describe("an access token", () => {
  it("is signed with the secret and names the key, who joins which room, and what may be done there", async () => {
    const now = Math.floor(Date.now() / 1000);
    const token = await accessToken(who);
    const { payload } = await jwtVerify(token, new TextEncoder().encode("secret"));
    expect(decodeProtectedHeader(token).alg).toBe("HS256");
    expect(payload).toEqual({
      iss: "devkey",
      sub: "rover-7",
      nbf: expect.any(Number),
      exp: expect.any(Number),
      video: {
        roomJoin: true,
        room: "yard",
        canPublish: true,
        canPublishData: true,
        canSubscribe: true,
        canUpdateOwnMetadata: true,
      },
    });
    expect(Math.abs((payload.exp ?? 0) - now - 21_600)).toBeLessThan(60);
    await expect(jwtVerify(token, new TextEncoder().encode("another"))).rejects.toThrow();
  });

  it("allows what it is told to, for as long as it is told to", async () => {
    const now = Math.floor(Date.now() / 1000);
    const attributes = { protocolVersion: "2.3.0" };
    const restricted = { canPublish: false, canUpdateOwnMetadata: false };
    const claims = decodeJwt(await accessToken({ ...who, ...restricted, attributes, ttlSeconds: 0.5 }));
    expect(claims).toMatchObject({
      attributes,
      video: { canPublish: false, canPublishData: false, canSubscribe: true, canUpdateOwnMetadata: false },
    });
    expect((claims.exp ?? 0) - now).toBeGreaterThanOrEqual(1);
    expect((claims.exp ?? 0) - now).toBeLessThan(60);
  });

  it("may have run out already", async () => {
    const { exp = Infinity } = decodeJwt(await accessToken({ ...who, ttlSeconds: -120 }));
    expect(exp).toBeLessThan(Date.now() / 1000 - 60);
  });

  it("is good for clocks that are up to a minute behind", async () => {
    const { nbf = 0 } = decodeJwt(await accessToken(who));
    expect(Math.floor(Date.now() / 1000) - nbf).toBeGreaterThanOrEqual(60);
  });

  it("is refused with words where something is missing or makes no sense", async () => {
    for (const name of ["apiKey", "apiSecret", "room", "identity"] as const) {
      for (const value of ["", undefined, 5]) {
        const options: AccessTokenOptions = Object.assign({}, who, { [name]: value });
        await expect(accessToken(options)).rejects.toThrow(RangeError);
        await expect(accessToken(options)).rejects.toThrow(`'${name}'`);
      }
    }
    for (const ttlSeconds of [NaN, Infinity, -Infinity]) {
      await expect(accessToken({ ...who, ttlSeconds })).rejects.toThrow(/'ttlSeconds'.*received/);
    }
    const text: object = { ttlSeconds: "60" };
    await expect(accessToken({ ...who, ...text })).rejects.toThrow("'ttlSeconds'");
    const attributes: object = { attributes: { floor: 3 } };
    await expect(accessToken({ ...who, ...attributes })).rejects.toThrow("'floor'");
  });
});
