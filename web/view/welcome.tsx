/**
 * What stands in place of the panels before there is anything to show: how far the connection is, and what to do.
 */
import type { ComponentChildren, VNode } from "preact";
import { SLOW_MS } from "../state/model.ts";
import type { Target } from "../state/target.ts";
import { TargetForm } from "./connection_dialog.tsx";
import { useParts } from "./context.tsx";
import { secondsUntil } from "./format.ts";
import { Icon } from "./icons.tsx";
import { reasonWords } from "./reasons.ts";

/** How far the connection is, and what to do. */
export function Welcome({ onTarget }: { readonly onTarget: (target: Target) => void }): VNode {
  const { model } = useParts();
  const state = model.connection.state.value;
  const isLiveKit = model.connection.target.value.via === "livekit";
  const again = (
    <button type="button" class="button button-primary" onClick={() => model.connection.retryNow()}>Try again</button>
  );
  switch (state.kind) {
    case "refused":
      return (
        <Stage
          icon="alert"
          title={state.isMissingSomething ? "This cannot be done here" : "The connection was refused"}
        >
          <p>{`${capital(reasonWords(state.why))}.`}</p>
          <p>
            {isLiveKit
              ? "Ask whoever runs the server for a token that is valid, and paste it here."
              : "The device asks for a token. The command that serves it has printed an address with the token in it: open that one, or paste the token here."}
          </p>
          <TargetForm onTarget={onTarget} />
        </Stage>
      );
    case "ended":
      return <Stage icon="link" title="Disconnected">{again}</Stage>;
    case "reconnecting": {
      const seconds = state.retryAt === undefined ? 0 : secondsUntil(state.retryAt, model.now.value);
      return (
        <Stage icon="reload" title={seconds === 0 ? "Trying again…" : `Trying again in ${seconds} s`}>
          <p>{`The device cannot be reached: ${reasonWords(state.why)}.`}</p>
          <p>See that it is on, and that this browser is in a network that it can be reached from.</p>
          {again}
        </Stage>
      );
    }
    case "waiting":
      return (
        <Stage icon="device" title="There is no device here yet" isBusy>
          <p>The room has been joined. The device is shown as soon as it joins, too.</p>
        </Stage>
      );
    default: {
      const isSlow = state.kind === "connecting" && model.now.value - state.since > SLOW_MS;
      return (
        <Stage icon="link" title="Connecting…" isBusy>
          {isSlow
            ? <p>This takes longer than usual. Other tabs of this page may hold all connections: close some.</p>
            : null}
        </Stage>
      );
    }
  }
}

function Stage(
  { icon, title, isBusy = false, children }: {
    readonly icon: "alert" | "device" | "link" | "reload";
    readonly title: string;
    readonly isBusy?: boolean;
    readonly children?: ComponentChildren;
  },
): VNode {
  return (
    <div class="stage" data-busy={isBusy}>
      <Icon name={icon} />
      <h2>{title}</h2>
      <div class="stage-text">{children}</div>
    </div>
  );
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
