/**
 * What a browser keeps for a page, where it lets it.
 */

/** A place for text by key. */
export interface Keep {
  readonly get: (key: string) => string | undefined;
  /** Keeps the text; nothing takes it away. */
  readonly set: (key: string, text: string | undefined) => void;
}

/** The browser's storage; where it is forbidden or full, what is kept lasts as long as the page. */
export function keepIn(storage: () => Storage): Keep {
  const here = new Map<string, string>();
  return {
    get: (key) => {
      const name = `fieldlink.${key}`;
      try {
        return here.get(name) ?? storage().getItem(name) ?? undefined;
      } catch {
        return here.get(name);
      }
    },
    set: (key, text) => {
      const name = `fieldlink.${key}`;
      here.delete(name);
      try {
        if (text === undefined) storage().removeItem(name);
        else storage().setItem(name, text);
      } catch {
        if (text !== undefined) here.set(name, text);
      }
    },
  };
}

/** What stays after the tab is closed. */
export function lasting(): Keep {
  return keepIn(() => localStorage);
}

/** What goes with the tab. */
export function passing(): Keep {
  return keepIn(() => sessionStorage);
}
