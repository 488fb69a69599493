/** Loaded first under Node: puts the announcing packages in the place of the real ones. */
import { registerHooks } from "node:module";
import { standIns } from "./stand_ins.ts";

registerHooks({
  resolve: (specifier, context, next) => next(standIns.get(specifier) ?? specifier, context),
});
