/** Loaded first under Bun: puts the announcing packages in the place of the real ones. */
import { readFileSync } from "node:fs";
import { standIns } from "./stand_ins.ts";

interface Builder {
  module(specifier: string, load: () => { readonly contents: string; readonly loader: "ts" }): void;
}

interface BunLike {
  plugin(options: { name: string; setup: (build: Builder) => void }): void;
}

declare const Bun: BunLike;

Bun.plugin({
  name: "announced",
  setup: (build) => {
    for (const [name, url] of standIns) {
      build.module(name, () => ({ contents: readFileSync(new URL(url), "utf8"), loader: "ts" }));
    }
  },
});
