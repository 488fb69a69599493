/**
 * Draws the floor.
 */
import { type Camera, gridStep, lengthText } from "./camera.ts";
import { placed, type Points, type Pose2 } from "./floor.ts";
import type { SceneModel } from "./scene_model.ts";

/** Colours of the theme. */
export interface SceneColours {
  readonly background: string;
  readonly line: string;
  readonly muted: string;
  readonly accent: string;
  readonly points: ReadonlyArray<string>;
}

const GRID_PIXELS = 56;
const POINT_PIXELS = 2.5;
/** Half of the device's length, in pixels at least and in m. */
const DEVICE_PIXELS = 9;
const DEVICE_METRES = 0.22;

/** Draws everything. `ratio`: the canvas's pixels to one of the page. */
export function drawScene(
  context: CanvasRenderingContext2D,
  { camera, model, colours, ratio }: { camera: Camera; model: SceneModel; colours: SceneColours; ratio: number },
): void {
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = colours.background;
  context.fillRect(0, 0, camera.width, camera.height);
  drawGrid(context, camera, colours);
  let index = 0;
  for (const { points, from } of model.points()) {
    drawPoints(context, camera, { points, from, colour: colours.points[index % colours.points.length]! });
    index += 1;
  }
  drawTrail(context, camera, model, colours);
  if (model.pose !== undefined) drawDevice(context, camera, model.pose, colours);
  drawScale(context, camera, colours);
}

function drawGrid(context: CanvasRenderingContext2D, camera: Camera, { line, muted }: SceneColours): void {
  const step = gridStep(camera.scale, GRID_PIXELS);
  const { left, right, bottom, top } = camera.extent;
  context.lineWidth = 1;
  for (let across = Math.ceil(left / step); across * step <= right; across += 1) {
    const x = Math.round(camera.toScreen(across * step, 0)[0]) + 0.5;
    stroke(context, across === 0 ? muted : line, [x, 0], [x, camera.height]);
  }
  for (let along = Math.ceil(bottom / step); along * step <= top; along += 1) {
    const y = Math.round(camera.toScreen(0, along * step)[1]) + 0.5;
    stroke(context, along === 0 ? muted : line, [0, y], [camera.width, y]);
  }
}

function stroke(
  context: CanvasRenderingContext2D,
  colour: string,
  from: readonly [number, number],
  to: readonly [number, number],
): void {
  context.strokeStyle = colour;
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

function drawPoints(
  context: CanvasRenderingContext2D,
  camera: Camera,
  { points, from, colour }: { points: Points; from: Pose2; colour: string },
): void {
  context.fillStyle = colour;
  const half = POINT_PIXELS / 2;
  for (let at = 0; at < points.length; at += 2) {
    const [x, y] = camera.toScreen(...placed(from, points[at]!, points[at + 1]!));
    context.fillRect(x - half, y - half, POINT_PIXELS, POINT_PIXELS);
  }
}

function drawTrail(
  context: CanvasRenderingContext2D,
  camera: Camera,
  { trail }: SceneModel,
  { accent }: SceneColours,
): void {
  context.save();
  context.strokeStyle = accent;
  context.globalAlpha = 0.55;
  context.lineWidth = 2;
  context.lineJoin = "round";
  context.beginPath();
  let isFirst = true;
  trail.forEach((x, y) => {
    const at = camera.toScreen(x, y);
    if (isFirst) context.moveTo(...at);
    else context.lineTo(...at);
    isFirst = false;
  });
  context.stroke();
  context.restore();
}

/** An arrow head that points where the device does. */
function drawDevice(
  context: CanvasRenderingContext2D,
  camera: Camera,
  { x, y, heading }: Pose2,
  { accent, background }: SceneColours,
): void {
  const size = Math.max(DEVICE_PIXELS, DEVICE_METRES * camera.scale);
  context.save();
  context.translate(...camera.toScreen(x, y));
  context.rotate(-heading);
  context.beginPath();
  context.moveTo(size, 0);
  context.lineTo(-size * 0.75, size * 0.7);
  context.lineTo(-size * 0.4, 0);
  context.lineTo(-size * 0.75, -size * 0.7);
  context.closePath();
  context.fillStyle = accent;
  context.fill();
  context.lineWidth = 2;
  context.strokeStyle = background;
  context.stroke();
  context.restore();
}

/** How long one step of the grid is. */
function drawScale(context: CanvasRenderingContext2D, camera: Camera, { muted }: SceneColours): void {
  const step = gridStep(camera.scale, GRID_PIXELS);
  const length = step * camera.scale;
  const [x, y] = [12, camera.height - 12];
  context.strokeStyle = muted;
  context.fillStyle = muted;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x, y - 5);
  context.lineTo(x, y);
  context.lineTo(x + length, y);
  context.lineTo(x + length, y - 5);
  context.stroke();
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(lengthText(step), x + length / 2, y - 3);
}
