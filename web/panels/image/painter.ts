/**
 * Puts pictures onto a canvas: the latest one, one at a time.
 */
import type { Picture } from "./picture.ts";
import { pixelsOf, tooManyPixels } from "./raw_pixels.ts";

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
  const url = URL.createObjectURL(new Blob([bytes.slice()], { type: mediaType }));
  try {
    const image = await loaded(url);
    // A small file may be a picture of any size: it is known before it is decoded.
    const { naturalWidth: width, naturalHeight: height } = image;
    const tooLarge = tooManyPixels(width, height);
    if (tooLarge !== undefined) return tooLarge;
    await image.decode();
    contextOf(canvas, width, height)?.drawImage(image, 0, 0);
    return { width, height };
  } catch {
    return `the browser cannot read the picture${format === "" ? "" : ` ("${format.slice(0, 60)}")`}`;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function loaded(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}

function contextOf(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  return canvas.getContext("2d");
}
