/**
 * How many tabs of this page are open: over HTTP/1.1 a browser makes six connections to one place, and each tab holds one
 * of them for as long as it is open.
 */

/** Connections that a browser makes to one origin over HTTP/1.1. */
export const CONNECTIONS = 6;

const NAME = "fieldlink.tab";
const LOOK_AGAIN_MS = 5_000;
/** How long other tabs have to answer, in ms, where they are asked. */
const ANSWER_MS = 400;

/** Counts tabs until the function that it gives is called; calls back with each count. */
export function countTabs(onCount: (tabs: number) => void): () => void {
  return "locks" in navigator ? countLocks(onCount) : countAnswers(onCount);
}

/** Each tab holds a lock, which is let go of with the tab. Only where the page comes over TLS, or from this host. */
function countLocks(onCount: (tabs: number) => void): () => void {
  const ended = new AbortController();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const mine = `${NAME} ${Math.random().toString(36).slice(2)}`;
  navigator.locks.request(mine, { signal: ended.signal }, () => held).catch(() => undefined);
  const look = async () => {
    const { held: all = [] } = await navigator.locks.query();
    if (!ended.signal.aborted) onCount(Math.max(1, all.filter(({ name }) => name?.startsWith(NAME)).length));
  };
  const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
  void look();
  return () => {
    clearInterval(timer);
    ended.abort();
    letGo();
  };
}

/** Each tab answers whoever asks. */
function countAnswers(onCount: (tabs: number) => void): () => void {
  const channel = new BroadcastChannel(NAME);
  const me = Math.random().toString(36).slice(2);
  let answers = 0;
  channel.onmessage = ({ data }) => {
    if (typeof data?.who === "string") channel.postMessage({ here: data.who });
    else if (data?.here === me) answers += 1;
  };
  let pending: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    answers = 0;
    channel.postMessage({ who: me });
    clearTimeout(pending);
    pending = setTimeout(() => onCount(answers + 1), ANSWER_MS);
  };
  const timer = setInterval(look, LOOK_AGAIN_MS);
  look();
  return () => {
    clearInterval(timer);
    clearTimeout(pending);
    channel.close();
  };
}

/** Whether the page came over a protocol with so few connections; `undefined`: the browser does not say. */
export function hasFewConnections(): boolean | undefined {
  const [navigation] = performance.getEntriesByType("navigation");
  const protocol = navigation !== undefined && "nextHopProtocol" in navigation ? navigation.nextHopProtocol : undefined;
  if (typeof protocol !== "string" || protocol === "") return undefined;
  return protocol.startsWith("http/1");
}
