/**
 * Pixels of cameras as those of a canvas.
 */
import { countText, numberText } from "../words.ts";

/** A picture as its pixels. */
export interface RawPicture {
  readonly kind: "raw";
  readonly width: number;
  readonly height: number;
  /** How pixels are written, as ROS calls it: `rgb8`, `mono16`, `bayer_rggb8`. */
  readonly encoding: string;
  /** Bytes from row to row; absent: no more than a row has. */
  readonly step: number | undefined;
  readonly isBigEndian: boolean;
  readonly bytes: Uint8Array;
}

/** A picture for a canvas. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and opacity of each pixel. */
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
  /** What black and white stand for, where the picture has no colours of its own. */
  readonly range?: string;
}

/** Pixels of a picture that is shown. */
export const MAX_PIXELS = 50_000_000;

type Convert = (picture: RawPicture, step: number, rgba: Uint8ClampedArray) => string | void;

interface Encoding {
  readonly bytesPerPixel: number;
  readonly convert: Convert;
}

const encodings: ReadonlyMap<string, Encoding> = new Map<string, Encoding>([
  ["rgb8", colours(3, 0, 1, 2)],
  ["8UC3", colours(3, 2, 1, 0)],
  ["bgr8", colours(3, 2, 1, 0)],
  ["rgba8", colours(4, 0, 1, 2)],
  ["bgra8", colours(4, 2, 1, 0)],
  ["8UC4", colours(4, 2, 1, 0)],
  ["mono8", colours(1, 0, 0, 0)],
  ["8UC1", colours(1, 0, 0, 0)],
  ["mono16", greys(2, (view, at, little) => view.getUint16(at, little))],
  ["16UC1", greys(2, (view, at, little) => view.getUint16(at, little))],
  ["16SC1", greys(2, (view, at, little) => view.getInt16(at, little))],
  ["32SC1", greys(4, (view, at, little) => view.getInt32(at, little))],
  ["32FC1", greys(4, (view, at, little) => view.getFloat32(at, little))],
  ["64FC1", greys(8, (view, at, little) => view.getFloat64(at, little))],
  ["yuv422", yuv(1, 0, 2)],
  ["uyvy", yuv(1, 0, 2)],
  ["yuv422_yuy2", yuv(0, 1, 3)],
  ["yuyv", yuv(0, 1, 3)],
  ["bayer_rggb8", bayer(0, 1, 2, 3)],
  ["bayer_bggr8", bayer(3, 1, 2, 0)],
  ["bayer_gbrg8", bayer(2, 0, 3, 1)],
  ["bayer_grbg8", bayer(1, 0, 3, 2)],
]);

/** In words, that a picture has more pixels than are shown. */
export function tooManyPixels(width: number, height: number): string | undefined {
  return width * height > MAX_PIXELS ? `${width} × ${height} pixels are more than ${countText(MAX_PIXELS)}` : undefined;
}

/** The picture's pixels, or in words why they cannot be shown. Nothing is made before its bytes are known to be there. */
export function pixelsOf(picture: RawPicture): Pixels | string {
  const { width, height, bytes } = picture;
  const encoding = encodings.get(picture.encoding);
  if (encoding === undefined) return `pixels in "${picture.encoding}" cannot be shown`;
  if (width === 0 || height === 0) return "the picture is empty";
  const tooLarge = tooManyPixels(width, height);
  if (tooLarge !== undefined) return tooLarge;
  const row = width * encoding.bytesPerPixel;
  const step = picture.step === undefined || picture.step === 0 ? row : picture.step;
  if (step < row) return `a row of ${width} pixels takes ${row} bytes, and not ${step}`;
  const needed = step * (height - 1) + row;
  if (bytes.length < needed) return `the picture takes ${needed} bytes, and ${bytes.length} are there`;
  const rgba = new Uint8ClampedArray(width * height * 4);
  const range = encoding.convert(picture, step, rgba);
  return typeof range === "string" ? { width, height, rgba, range } : { width, height, rgba };
}

/** Colours at these places of a pixel. */
function colours(bytesPerPixel: number, red: number, green: number, blue: number): Encoding {
  const convert: Convert = ({ width, height, bytes }, step, rgba) => {
    let to = 0;
    for (let y = 0; y < height; y += 1) {
      let from = y * step;
      for (let x = 0; x < width; x += 1) {
        rgba[to] = bytes[from + red]!;
        rgba[to + 1] = bytes[from + green]!;
        rgba[to + 2] = bytes[from + blue]!;
        rgba[to + 3] = 255;
        to += 4;
        from += bytesPerPixel;
      }
    }
  };
  return { bytesPerPixel, convert };
}

/** One number a pixel, shown from the smallest (black) to the largest (white); what is no number is black. */
function greys(
  bytesPerPixel: number,
  read: (view: DataView, at: number, isLittleEndian: boolean) => number,
): Encoding {
  const convert: Convert = ({ width, height, bytes, isBigEndian }, step, rgba) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const values = new Float32Array(width * height);
    let least = Infinity;
    let most = -Infinity;
    for (let y = 0, to = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, to += 1) {
        const value = read(view, y * step + x * bytesPerPixel, !isBigEndian);
        values[to] = value;
        if (!Number.isFinite(value)) continue;
        if (value < least) least = value;
        if (value > most) most = value;
      }
    }
    const scale = most > least ? 255 / (most - least) : 0;
    values.forEach((value, index) => {
      const grey = Number.isFinite(value) ? (value - least) * scale : 0;
      rgba.fill(grey, index * 4, index * 4 + 3);
      rgba[index * 4 + 3] = 255;
    });
    return most >= least ? `${numberText(least)} to ${numberText(most)}` : "no numbers";
  };
  return { bytesPerPixel, convert };
}

/** Two pixels in four bytes, which share their colour: where the first brightness and the two colours lie. */
function yuv(brightness: number, u: number, v: number): Encoding {
  const convert: Convert = ({ width, height, bytes }, step, rgba) => {
    for (let y = 0, to = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, to += 4) {
        const pair = y * step + (x >> 1) * 4;
        const light = bytes[pair + brightness + (x & 1) * 2] ?? 0;
        const blue = (bytes[pair + u] ?? 128) - 128;
        const red = (bytes[pair + v] ?? 128) - 128;
        rgba[to] = light + 1.402 * red;
        rgba[to + 1] = light - 0.344 * blue - 0.714 * red;
        rgba[to + 2] = light + 1.772 * blue;
        rgba[to + 3] = 255;
      }
    }
  };
  return { bytesPerPixel: 2, convert };
}

/** Squares of four pixels, each of which saw one colour: all four are shown in the colour that they saw together. */
function bayer(red: number, green: number, otherGreen: number, blue: number): Encoding {
  const convert: Convert = ({ width, height, bytes }, step, rgba) => {
    for (let y = 0, to = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1, to += 4) {
        // The last row or column of an odd number takes its colour from the square before.
        const left = Math.max(0, Math.min(x & ~1, width - 2));
        const top = Math.max(0, Math.min(y & ~1, height - 2));
        const at = (place: number): number => bytes[(top + (place >> 1)) * step + left + (place & 1)] ?? 0;
        rgba[to] = at(red);
        rgba[to + 1] = (at(green) + at(otherGreen)) / 2;
        rgba[to + 2] = at(blue);
        rgba[to + 3] = 255;
      }
    }
  };
  return { bytesPerPixel: 1, convert };
}
