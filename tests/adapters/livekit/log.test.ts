import { expect, it } from "vitest";
import { withoutRepeats } from "../../../adapters/livekit/log.ts";

it("a line that repeats is said once in 30 s, with how often it was left out; numbers make no difference", () => {
  const said: Array<string> = [];
  let time = 0;
  const log = withoutRepeats((_, message) => said.push(message), () => time);
  for (let handle = 0; handle < 5; handle++) log("warning", `Unknown subscriber handle ${handle}`);
  log("warning", "another line");
  time = 30_000;
  log("warning", "Unknown subscriber handle 9");
  expect(said).toEqual([
    "Unknown subscriber handle 0",
    "another line",
    "Unknown subscriber handle 9 (and 4 more like this)",
  ]);
});

it("of more than 64 different lines the oldest are forgotten", () => {
  let said = 0;
  const log = withoutRepeats(() => said++, () => 0);
  const letters = [..."abcdefghijklmnopqrstuvwxyz"];
  const texts = letters.flatMap((one) => letters.map((other) => one + other)).slice(0, 65);
  for (const text of texts) log("info", text);
  for (const text of [texts[64], texts[0]]) log("info", text ?? "");
  expect(said).toBe(66);
});
