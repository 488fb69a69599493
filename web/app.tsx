/**
 * The page as a whole.
 */
import type { VNode } from "preact";
import { useEffect, useMemo } from "preact/hooks";
import { effect } from "@preact/signals";
import type { Model } from "./state/model.ts";
import { countTabs } from "./state/tabs.ts";
import { addressOf, type Target } from "./state/target.ts";
import { Banner } from "./view/banner.tsx";
import { BottomBar } from "./view/bottom_bar.tsx";
import { ChannelList } from "./view/channel_list.tsx";
import { ConnectionDialog } from "./view/connection_dialog.tsx";
import { type Parts, PartsContext, Screen } from "./view/context.tsx";
import { Dock } from "./view/dock.tsx";
import { Record } from "./view/record.tsx";
import { stateWords, TopBar } from "./view/top_bar.tsx";
import { Workspace } from "./view/workspace.tsx";

/** The page. */
export function App({ model }: { readonly model: Model }): VNode {
  const parts = useMemo(() => ({ model, screen: new Screen() }), [model]);
  useEffect(() => model.start(), [model]);
  useEffect(() =>
    countTabs((tabs) => {
      model.tabs.value = tabs;
    }), [model]);
  useEffect(() =>
    effect(() => {
      const theme = model.settings.theme.value;
      if (theme === "system") delete document.documentElement.dataset["theme"];
      else document.documentElement.dataset["theme"] = theme;
    }), [model]);
  useEffect(() =>
    effect(() => {
      const name = model.device.value?.name;
      document.title = name === undefined ? "Fieldlink" : `${name} · Fieldlink`;
    }), [model]);
  const onTarget = (target: Target) => {
    const address = addressOf(target, location, model.passing);
    // Which server a page may reach is settled when it is loaded.
    if (target.via === "livekit" && address !== location.pathname + location.search) return location.assign(address);
    history.replaceState(history.state, "", address);
    model.connectTo(target);
  };
  return (
    <PartsContext.Provider value={parts}>
      <Shell parts={parts} onTarget={onTarget} />
    </PartsContext.Provider>
  );
}

function Shell(
  { parts: { model, screen }, onTarget }: { readonly parts: Parts; readonly onTarget: (target: Target) => void },
): VNode {
  const state = model.connection.state.value;
  return (
    <div class="shell" data-place={screen.place.value} data-state={state.kind}>
      <TopBar record={<Record />} />
      <Banner />
      <main class="parts">
        <ChannelList />
        <Workspace onTarget={onTarget} />
        <Dock />
      </main>
      <BottomBar />
      <p class="hidden" role="status">{stateWords(state, 0).word.replace(/ in .*/, "")}</p>
      <ConnectionDialog onTarget={onTarget} />
    </div>
  );
}
