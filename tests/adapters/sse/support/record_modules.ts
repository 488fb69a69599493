/**
 * Loaded ahead of a program under Node or Deno: keeps the address of each module that is loaded after it.
 */
import { registerHooks } from "node:module";

const loaded: Array<string> = [];
Reflect.set(globalThis, "loadedModules", loaded);

registerHooks({
  load: (url, context, next) => {
    loaded.push(url);
    return next(url, context);
  },
});
