/**
 * What concerns the whole page, across its width: a connection that is lost, and connections that are used up.
 */
import type { VNode } from "preact";
import type { ConnectionState } from "../state/connection.ts";
import { SLOW_MS } from "../state/model.ts";
import { CONNECTIONS, hasFewConnections } from "../state/tabs.ts";
import { useParts } from "./context.tsx";
import { secondsUntil } from "./format.ts";
import { Icon } from "./icons.tsx";
import { reasonWords } from "./reasons.ts";

/** What concerns the whole page. */
export function Banner(): VNode {
  return (
    <section class="banners" aria-label="Notices">
      <LostBanner />
      <TabsBanner />
    </section>
  );
}

function LostBanner(): VNode | null {
  const { model } = useParts();
  const state = model.connection.state.value;
  const text = lostText(state, model.now.value);
  // Before anything was shown there is room for more than a line.
  if (text === undefined || model.device.value === undefined) return null;
  return (
    <div class="banner" data-tone={state.kind === "refused" ? "bad" : "warning"}>
      <Icon name="alert" />
      <p>{text}</p>
      {state.kind === "silent"
        ? null
        : (
          <button type="button" class="button button-small" onClick={() => model.connection.retryNow()}>
            Try now
          </button>
        )}
    </div>
  );
}

function lostText(state: ConnectionState, now: number): string | undefined {
  switch (state.kind) {
    case "reconnecting": {
      const seconds = state.retryAt === undefined ? 0 : secondsUntil(state.retryAt, now);
      const next = seconds === 0 ? "Trying again…" : `Trying again in ${seconds} s.`;
      return `The connection is lost: ${reasonWords(state.why)}. ${next}`;
    }
    case "silent":
      return "Nothing has come from the device for a while, not even the answer to a ping.";
    case "waiting":
      return "The device has left. It is shown again when it comes back.";
    case "refused":
      return `The connection was refused: ${reasonWords(state.why)}.`;
    default:
      return undefined;
  }
}

function TabsBanner(): VNode | null {
  const { model } = useParts();
  const tabs = model.tabs.value;
  if (model.connection.target.value.via !== "device" || hasFewConnections() === false) return null;
  if (tabs < CONNECTIONS && !isStuck(model.connection.state.value, model.now.value, tabs)) return null;
  return (
    <div class="banner" data-tone="warning" role="alert">
      <Icon name="alert" />
      <p>
        {`${tabs} tabs of this page are open. Over HTTP/1.1 a browser makes ${CONNECTIONS} connections to one device, and each tab holds one: `}
        commands wait, and further tabs do not load. Close some tabs, or put a server with HTTP/2 in front of the
        device.
      </p>
    </div>
  );
}

/** The page has loaded, its stream does not open, and other tabs may be why. */
function isStuck(state: ConnectionState, now: number, tabs: number): boolean {
  return (state.kind === "connecting" || state.kind === "waiting") && now - state.since > SLOW_MS &&
    tabs >= CONNECTIONS - 1;
}
