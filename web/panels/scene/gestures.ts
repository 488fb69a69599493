/**
 * Moving a map with mouse, fingers and keys.
 */
import type { Camera } from "./camera.ts";

const KEY_PIXELS = 40;
const KEY_ZOOM = 1.25;

/** Lets somebody move the map on an element; `onMove` is called after each step, `isPan` for one to the side. */
export function moveByHand(element: HTMLElement, camera: Camera, onMove: (isPan: boolean) => void): () => void {
  const pointers = new Map<number, { x: number; y: number }>();
  const stop = new AbortController();
  const { signal } = stop;
  const at = ({ clientX, clientY }: MouseEvent): { x: number; y: number } => {
    const { left, top } = element.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  };
  element.addEventListener("pointerdown", (event) => {
    pointers.set(event.pointerId, at(event));
    element.setPointerCapture(event.pointerId);
  }, { signal });
  element.addEventListener("pointermove", (event) => {
    const before = pointers.get(event.pointerId);
    if (before === undefined) return;
    const now = at(event);
    pointers.set(event.pointerId, now);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) {
      camera.pan(now.x - before.x, now.y - before.y);
    } else {
      const [apartBefore, apart] = [distance(before, other), distance(now, other)];
      if (apartBefore > 0) camera.zoom(apart / apartBefore, (now.x + other.x) / 2, (now.y + other.y) / 2);
      // Each finger moves the map by half of its way.
      camera.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
    }
    onMove(true);
  }, { signal });
  for (const end of ["pointerup", "pointercancel"] as const) {
    element.addEventListener(end, (event) => void pointers.delete(event.pointerId), { signal });
  }
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = at(event);
    camera.zoom(Math.exp(-Math.max(-100, Math.min(100, event.deltaY)) * 0.0025), x, y);
    onMove(false);
  }, { signal, passive: false });
  element.addEventListener("keydown", (event) => {
    const isPan = moveByKey(camera, event.key);
    if (isPan === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    onMove(isPan);
  }, { signal });
  return () => stop.abort();
}

function moveByKey(camera: Camera, key: string): boolean | undefined {
  switch (key) {
    case "ArrowLeft":
      camera.pan(KEY_PIXELS, 0);
      return true;
    case "ArrowRight":
      camera.pan(-KEY_PIXELS, 0);
      return true;
    case "ArrowUp":
      camera.pan(0, KEY_PIXELS);
      return true;
    case "ArrowDown":
      camera.pan(0, -KEY_PIXELS);
      return true;
    case "+":
    case "=":
      camera.zoom(KEY_ZOOM);
      return false;
    case "-":
      camera.zoom(1 / KEY_ZOOM);
      return false;
  }
  return undefined;
}

function distance(a: { x: number; y: number }, b: { x: number; y: number }): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
