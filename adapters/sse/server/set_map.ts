/**
 * Several values under a key.
 */

/** Adds a value to those of a key. */
export function addTo<K, V>(sets: Map<K, Set<V>>, key: K, value: V): void {
  const values = sets.get(key);
  if (values === undefined) sets.set(key, new Set([value]));
  else values.add(value);
}

/** Takes a value from those of a key, and the key with the last. `false`: it was not there. */
export function removeFrom<K, V>(sets: Map<K, Set<V>>, key: K, value: V): boolean {
  const values = sets.get(key);
  if (values?.delete(value) !== true) return false;
  if (values.size === 0) sets.delete(key);
  return true;
}
