/**
 * `npm run build:page`: makes page/mod.ts, the page that devices serve, unless it is up to date.
 *
 * @module
 */
import { digestOfModule, makePage, pageDigest, pageModule } from "./page.ts";

if (digestOfModule() !== pageDigest()) {
  const started = performance.now();
  const files = await makePage();
  const kilobytes = files.reduce((sum, { body }) => sum + Buffer.byteLength(body), 0) / 1000;
  const seconds = (performance.now() - started) / 1000;
  console.log(`${pageModule}: ${files.length} files, ${kilobytes.toFixed(0)} kB, made in ${seconds.toFixed(1)} s`);
}
