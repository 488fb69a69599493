/**
 * Puts pictures onto a canvas: the latest one, one at a time.
 */
import type { Picture } from "./picture.ts";
import { pixelsOf } from "./raw_pixels.ts";

/** What is on the canvas. */
export interface Painted {
  readonly width: number;
  readonly height: number;
  /** What black and white stand for, where that has to be said. */
  readonly range?: string | undefined;
}

/** Paints a picture; the result says what is wrong with it, if something is. */
export async function paint(canvas: HTMLCanvasElement, picture: Picture): Promise<Painted | string> {
  return picture.kind === "raw" ? paintRaw(canvas, picture) : await paintCompressed(canvas, picture);
}

function paintRaw(canvas: HTMLCanvasElement, picture: Extract<Picture, { kind: "raw" }>): Painted | string {
  const pixels = pixelsOf(picture);
  if (typeof pixels === "string") return pixels;
  const { width, height, rgba, range } = pixels;
  contextOf(canvas, width, height)?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return { width, height, range };
}

async function paintCompressed(
  canvas: HTMLCanvasElement,
  { bytes, format, mediaType }: Extract<Picture, { kind: "compressed" }>,
): Promise<Painted | string> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([bytes.slice()], { type: mediaType }));
  } catch {
    return `the browser cannot read the picture${format === "" ? "" : ` ("${format.slice(0, 60)}")`}`;
  }
  const { width, height } = bitmap;
  contextOf(canvas, width, height)?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { width, height };
}

function contextOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return canvas.getContext("2d");
}
