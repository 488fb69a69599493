/**
 * A map of the floor with the device on it.
 */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Feed } from "../../feed.ts";
import { Problem, Toggle, Toolbar } from "../chrome.tsx";
import { onThemeChange, themeColour } from "../theme_colour.ts";
import { useKept, usePanelWork, useRedraw } from "../use_feed.ts";
import { Camera } from "./camera.ts";
import { drawScene, type SceneColours } from "./draw_scene.ts";
import { moveByHand } from "./gestures.ts";
import { poseText, SceneModel } from "./scene_model.ts";

/** How often what the map says in words is written anew, in ms. */
const WORDS_MS = 500;

/** Of one channel each, for light and for dark. */
const POINT_COLOURS = ["#e8590c", "#7c4ddb", "#2b8a3e", "#c2255c"] as const;

/** Who moves the map: it shows everything, or stays with the device, or is moved by hand. */
type Mode = "all" | "follow" | "by-hand";

/** Shows poses, scans and clouds of some channels on one map. */
export function ScenePanel({ feeds, isPaused }: { feeds: ReadonlyArray<Feed>; isPaused: boolean }): VNode {
  const model = useKept(() => new SceneModel());
  const camera = useKept(() => new Camera());
  const canvas = useRef<HTMLCanvasElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const [mode, setMode] = useState<Mode>("all");
  const current = useKept(() => ({ mode, isPaused, writtenAt: -Infinity }));
  current.isPaused = isPaused;
  current.mode = mode;
  const redraw = useRedraw();

  const { element, ask } = usePanelWork<HTMLDivElement>({ feeds, isPaused }, () => ({
    onMessage: (message, feed) => model.note(feed, message),
    draw: (now) => {
      if (!current.isPaused) model.update();
      drawOn(canvas.current, place.current, { camera, model, mode: current.mode });
      if (now - current.writtenAt < WORDS_MS) return;
      current.writtenAt = now;
      redraw();
    },
  }));
  useEffect(() => {
    if (canvas.current === null || place.current === null) return;
    const stop = moveByHand(canvas.current, camera, (isPan) => {
      if (isPan || current.mode === "all") setMode("by-hand");
      ask(true);
    });
    const observer = new ResizeObserver(() => ask(true));
    observer.observe(place.current);
    const stopTheme = onThemeChange(() => ask(true));
    return () => {
      stop();
      observer.disconnect();
      stopTheme();
    };
  }, []);
  useEffect(() => ask(true), [mode]);

  const zoom = (factor: number): void => {
    camera.zoom(factor);
    if (mode === "all") setMode("by-hand");
    ask(true);
  };
  return (
    <div class="view view-scene" ref={element}>
      <Toolbar label="Map">
        <Toggle isOn={mode === "follow"} onToggle={(on) => setMode(on ? "follow" : "by-hand")}>Follow</Toggle>
        <Toggle isOn={mode === "all"} onToggle={(on) => setMode(on ? "all" : "by-hand")}>Show all</Toggle>
        <button type="button" class="view-button" aria-label="Closer" onClick={() => zoom(1.4)}>+</button>
        <button type="button" class="view-button" aria-label="Farther" onClick={() => zoom(1 / 1.4)}>−</button>
      </Toolbar>
      <Problem text={model.problems.text} count={model.problems.count} />
      <div class="scene-place" ref={place}>
        <canvas
          ref={canvas}
          tabIndex={0}
          role="img"
          aria-label={model.inWords()}
          title="Drag to move, turn the wheel or pinch to zoom; or arrow keys, + and −"
        />
        {model.pose !== undefined && <span class="scene-pose" aria-hidden="true">{poseText(model.pose)}</span>}
      </div>
    </div>
  );
}

function drawOn(
  canvas: HTMLCanvasElement | null,
  place: HTMLElement | null,
  { camera, model, mode }: { camera: Camera; model: SceneModel; mode: Mode },
): void {
  const context = canvas?.getContext("2d");
  if (canvas === null || place === null || context === null || context === undefined) return;
  const ratio = Math.min(3, globalThis.devicePixelRatio || 1);
  const [width, height] = [place.clientWidth, place.clientHeight];
  if (width === 0 || height === 0) return;
  const isResized = canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio);
  if (isResized) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  camera.width = width;
  camera.height = height;
  moveCamera(camera, model, mode, isResized);
  drawScene(context, { camera, model, colours: coloursOf(canvas), ratio });
}

function moveCamera(camera: Camera, model: SceneModel, mode: Mode, isResized: boolean): void {
  if (mode === "follow" && model.pose !== undefined) camera.centre = model.pose;
  if (mode !== "all") return;
  const extent = model.extent;
  // What fits already stays as it is: a map that breathes is hard to read.
  if (extent !== undefined && (isResized || !camera.shows(extent))) camera.fit(extent);
}

function coloursOf(element: Element): SceneColours {
  const colour = (name: string): string => themeColour(element, name);
  return {
    background: colour("--panel"),
    line: colour("--line"),
    muted: colour("--muted"),
    accent: colour("--accent"),
    points: POINT_COLOURS,
  };
}
