/**
 * Files, compressed for clients that take them so.
 */

/** Whether an `Accept-Encoding` takes gzip. */
export function takesGzip(acceptEncoding: string | null): boolean {
  const weights = new Map(
    (acceptEncoding ?? "").toLowerCase().split(",").map((part) => {
      const [coding = "", ...parameters] = part.split(";").map((text) => text.trim());
      const weight = parameters.find((parameter) => parameter.startsWith("q="))?.slice(2) ?? "1";
      return [coding, Number(weight)];
    }),
  );
  return (weights.get("gzip") ?? weights.get("*") ?? 0) > 0;
}

/** The same bytes in gzip; `undefined` where that is no shorter, or the run-time cannot do it. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array | undefined> {
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    const compressed = new Uint8Array(await new Response(stream).arrayBuffer());
    return compressed.length < bytes.length ? compressed : undefined;
  } catch {
    return undefined;
  }
}
