/**
 * Colours of the page's theme, for what is drawn on a canvas.
 */

/** The value of a custom property, as it is now: the theme may change. */
export function themeColour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim() || "#888";
}

/** Calls back when the theme changes, by the system's setting or by the page's own, until the result is called. */
export function onThemeChange(listener: () => void): () => void {
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", listener);
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "class"] });
  return () => {
    scheme.removeEventListener("change", listener);
    observer.disconnect();
  };
}
