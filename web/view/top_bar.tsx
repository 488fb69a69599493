/**
 * The bar at the top: which device this is, how the connection is, and what concerns the whole page.
 */
import type { VNode } from "preact";
import type { ConnectionState } from "../state/connection.ts";
import type { Theme } from "../state/settings.ts";
import { useParts } from "./context.tsx";
import { IconButton } from "./controls.tsx";
import { milliseconds, perSecond, secondsUntil } from "./format.ts";
import { type IconName, Mark } from "./icons.tsx";

/** What a state is called, and how it looks. */
export function stateWords(state: ConnectionState, now: number): { readonly word: string; readonly tone: string } {
  switch (state.kind) {
    case "connecting":
      return { word: "Connecting", tone: "busy" };
    case "waiting":
      return { word: "No device", tone: "busy" };
    case "connected":
      return { word: "Connected", tone: "good" };
    case "silent":
      return { word: "Silent", tone: "warning" };
    case "reconnecting": {
      const seconds = state.retryAt === undefined ? 0 : secondsUntil(state.retryAt, now);
      return { word: seconds === 0 ? "Reconnecting" : `Reconnecting in ${seconds} s`, tone: "warning" };
    }
    case "refused":
      return { word: state.isMissingSomething ? "Not possible" : "Refused", tone: "bad" };
    case "ended":
      return { word: "Disconnected", tone: "off" };
  }
}

/** The bar at the top. */
export function TopBar({ record }: { readonly record: VNode | null }): VNode {
  const { model } = useParts();
  const name = model.device.value?.name;
  return (
    <header class="top">
      <Mark />
      <h1 class="top-name">
        <span class="top-product">Fieldlink</span>
        {name === undefined ? null : <span class="top-device">{name}</span>}
      </h1>
      <ConnectionPill />
      <span class="top-space" />
      {record}
      <ThemeButton />
    </header>
  );
}

function ConnectionPill(): VNode {
  const { model, screen } = useParts();
  const state = model.connection.state.value;
  const { word, tone } = stateWords(state, model.now.value);
  const { roundTripMs } = model.latency.value;
  const via = model.connection.target.value.via === "livekit" ? "LiveKit" : "Direct";
  const isConnected = state.kind === "connected";
  return (
    <button
      type="button"
      class="pill"
      data-tone={tone}
      aria-haspopup="dialog"
      onClick={() => {
        screen.isConnectionOpen.value = true;
      }}
    >
      <span class="dot" aria-hidden="true" />
      <span class="pill-word">{word}</span>
      {isConnected
        ? (
          <span class="pill-facts">
            <span class="pill-latency" title="There and back">{milliseconds(roundTripMs)}</span>
            <span class="pill-rate" title="Coming in">{perSecond(model.channels.total.value)}</span>
            <span class="pill-via">{via}</span>
          </span>
        )
        : null}
      <span class="hidden">, about the connection</span>
    </button>
  );
}

const themes: Readonly<Record<Theme, { readonly next: Theme; readonly icon: IconName; readonly label: string }>> = {
  system: { next: "light", icon: "system", label: "Colours: as the system. Change to light" },
  light: { next: "dark", icon: "sun", label: "Colours: light. Change to dark" },
  dark: { next: "system", icon: "moon", label: "Colours: dark. Change to as the system" },
};

function ThemeButton(): VNode {
  const { settings } = useParts().model;
  const { next, icon, label } = themes[settings.theme.value];
  return <IconButton icon={icon} label={label} onClick={() => settings.setTheme(next)} />;
}
