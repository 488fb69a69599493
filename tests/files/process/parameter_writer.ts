/**
 * Saves parameters without end, to be killed: `node parameter_writer.ts FILE FIRST`. Says each save that has settled.
 */
import process from "node:process";
import { parameterFile } from "../../../files/parameter_file.ts";

const [, , path = "", first = "0"] = process.argv;
const file = parameterFile(path);
for (let round = Number(first);; round += 1) {
  await file.save(
    Array.from({ length: 200 }, (_, index) => ({ name: `p${index}`, value: `${round} `.repeat(12_000) })),
  );
  process.stdout.write(`${round}\n`);
}
