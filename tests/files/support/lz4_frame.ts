/**
 * LZ4 frames, as recordings use them for chunks.
 */

/** Wraps bytes in a frame with a single block, which is stored as it is: legal, and enough for a reader to unpack. */
export function lz4Frame(data: Uint8Array): Uint8Array {
  const magic = [0x04, 0x22, 0x4d, 0x18];
  const descriptor = [0x60, 0x40, 0x82];
  const frame = new Uint8Array(magic.length + descriptor.length + 4 + data.byteLength + 4);
  frame.set([...magic, ...descriptor]);
  new DataView(frame.buffer).setUint32(7, data.byteLength + 0x8000_0000, true);
  frame.set(data, 11);
  return frame;
}
