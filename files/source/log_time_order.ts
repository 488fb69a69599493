/**
 * Brings messages into the order of their log times without holding more of them than their disorder asks for.
 */

/** What is put in order. */
export interface Timed {
  /** Nanoseconds. */
  readonly logTime: bigint;
}

/** A place in the order: first by log time, then by where it is in the file. */
export interface Place {
  readonly logTime: bigint;
  readonly position: number;
}

/** A piece of a file: a chunk, or a stretch of messages. */
export interface Run<M extends Timed> {
  /** Where the run is in the file: runs with higher positions come later in it, as wholes. */
  readonly position: number;
  /** As they are in the file. */
  readonly messages: ReadonlyArray<M>;
  /** No message of a run that is read later has a place before this one; absent for the last run. */
  readonly next?: Place;
}

interface Cursor<M extends Timed> extends Place {
  readonly messages: ReadonlyArray<M>;
  readonly index: number;
}

/** Yields the messages of all runs by log time, ties as in the file. */
export async function* inLogTimeOrder<M extends Timed>(runs: AsyncIterable<Run<M>>): AsyncGenerator<M, void> {
  const heap: Array<Cursor<M>> = [];
  for await (const run of runs) {
    const messages = sorted(run.messages);
    const first = messages[0];
    if (first !== undefined) push(heap, { messages, index: 0, logTime: first.logTime, position: run.position });
    yield* emit(heap, run.next);
  }
}

function* emit<M extends Timed>(heap: Array<Cursor<M>>, until: Place | undefined): Generator<M, void> {
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    if (until !== undefined && !isBefore(top, until)) return;
    yield top.messages[top.index]!;
    const index = top.index + 1;
    const following = top.messages[index];
    if (following === undefined) removeTop(heap);
    else replaceTop(heap, { ...top, index, logTime: following.logTime });
  }
}

function isBefore(a: Place, b: Place): boolean {
  return a.logTime < b.logTime || (a.logTime === b.logTime && a.position < b.position);
}

/** Sorted by log time; the same array when it is already. */
function sorted<M extends Timed>(messages: ReadonlyArray<M>): ReadonlyArray<M> {
  const inOrder = messages.every((message, index) => index === 0 || messages[index - 1]!.logTime <= message.logTime);
  if (inOrder) return messages;
  return messages.toSorted((a, b) => (a.logTime < b.logTime ? -1 : a.logTime > b.logTime ? 1 : 0));
}

function push<P extends Place>(heap: Array<P>, item: P): void {
  let index = heap.push(item) - 1;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    if (!isBefore(item, heap[parent]!)) break;
    heap[index] = heap[parent]!;
    index = parent;
  }
  heap[index] = item;
}

function removeTop<P extends Place>(heap: Array<P>): void {
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) replaceTop(heap, last);
}

function replaceTop<P extends Place>(heap: Array<P>, item: P): void {
  let index = 0;
  for (;;) {
    let child = 2 * index + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
    if (!isBefore(heap[child]!, item)) break;
    heap[index] = heap[child]!;
    index = child;
  }
  heap[index] = item;
}
