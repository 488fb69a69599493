/** What the bench uses of the package, which brings no types. */
declare module "length-prefixed-stream" {
  import type { Transform } from "node:stream";

  export function decode(options?: { readonly limit?: number; readonly allowEmpty?: boolean }): Transform;
}
