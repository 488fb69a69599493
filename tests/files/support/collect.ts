/** Collects an async iterable, or its first `limit` elements. */
export async function collect<A>(source: AsyncIterable<A>, limit: number = Infinity): Promise<Array<A>> {
  const all: Array<A> = [];
  if (limit <= 0) return all;
  for await (const element of source) {
    all.push(element);
    if (all.length >= limit) break;
  }
  return all;
}
