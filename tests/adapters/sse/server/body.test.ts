import { assert, describe, it } from "vitest";
import { BodyBudget, readBody } from "../../../../adapters/sse/server/body.ts";
import { Gathering } from "../../../../adapters/sse/server/gathering.ts";

/** What there is of the numbers from 0, each a byte. */
const numbers = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => at);

/** A body in chunks of one byte, which all lie in the same place, one after another. */
function crumbs(length: number, headers: Record<string, string> = {}): Request {
  const place = new Uint8Array(64 * 1024);
  let at = 0;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      if (at === length) return controller.close();
      place[0] = at;
      at += 1;
      controller.enqueue(place.subarray(0, 1));
    },
  }, { highWaterMark: 0 });
  const init = { method: "POST", body, duplex: "half", headers };
  return new Request("http://127.0.0.1/", init);
}

describe("a body in chunks of one byte", () => {
  it("is put together as it comes: no chunk is kept", async () => {
    const budget = new BodyBudget(100_000);
    const options = { limit: 20_000, budget, owner: {}, signal: new AbortController().signal };
    assert.deepEqual(await readBody(crumbs(10_000), options), numbers(10_000));
    assert.deepEqual(await readBody(crumbs(1), options), numbers(1));
    assert.deepEqual(await readBody(crumbs(0), options), numbers(0));
  });

  it("takes no more than twice its length, nor than the bound, of a million and a half", () => {
    const most = 1_500_000;
    const gathering = new Gathering(0, most);
    const place = Uint8Array.of(7);
    for (let length = 1; length <= most; length += 1) {
      gathering.add(place.slice());
      if (gathering.capacity > Math.min(most, 2 * length + 256)) assert.fail(`${gathering.capacity} for ${length}`);
    }
    assert.equal(gathering.length, most);
    assert.equal(gathering.capacity, most);
    assert.isTrue(gathering.bytes.every((byte) => byte === 7));
  });

  it("counts against the bound of all bodies with the memory that it takes", async () => {
    const budget = new BodyBudget(1_000);
    const other = budget.open({}, () => undefined);
    other.take(480);
    const options = { limit: 2_000, budget, owner: {}, signal: new AbortController().signal };
    // 512 is the memory of more than 256, and 1,024 of more than 512.
    assert.equal((await readBody(crumbs(512), options)).length, 512);
    const refused = await readBody(crumbs(513), options).catch((error: unknown) => error);
    assert.include(String(refused), "1000 bytes are being read already");
    // As it was announced it takes no more than it is.
    assert.equal((await readBody(crumbs(515, { "content-length": "515" }), options)).length, 515);
    assert.isFalse(other.isGivenUp);
  });
});

describe("the memory of a body", () => {
  it("is what was announced where that is true, gradually, and no more than the bound where it is not", () => {
    const told = new Gathering(1_000, 5_000);
    for (const [bytes, capacity] of [[300, 300], [1, 600], [400, 1_000], [299, 1_000], [1, 2_000], [1_500, 4_000]]) {
      assert.equal(told.capacityWith(bytes!), capacity);
      told.add(new Uint8Array(bytes!));
      assert.equal(told.capacity, capacity);
    }
    assert.equal(told.capacityWith(1_600), 5_000);
    const boasted = new Gathering(1e15, 5_000);
    boasted.add(new Uint8Array(10));
    boasted.add(new Uint8Array(10));
    assert.equal(boasted.capacity, 256);
  });

  it("is the chunk itself where there is one only, and a copy where that keeps much more alive", () => {
    const chunk = numbers(1_000);
    const whole = new Gathering(0, 5_000);
    whole.add(chunk);
    assert.strictEqual(whole.bytes.buffer, chunk.buffer);
    const part = new Gathering(0, 5_000);
    part.add(chunk.subarray(0, 10));
    assert.equal(part.bytes.buffer.byteLength, 10);
    assert.deepEqual(part.bytes, numbers(10));
    const few = new Gathering(0, 5_000);
    for (const byte of numbers(2)) few.add(Uint8Array.of(byte));
    assert.isAtMost(few.bytes.buffer.byteLength, 260);
    assert.deepEqual(few.bytes, numbers(2));
  });
});
