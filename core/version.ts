/**
 * The version of this library: the same as in deno.json and package.json, which `npm run version:check` compares.
 */
export const VERSION: string = "0.1.0";
