/**
 * The panels of the channels that were chosen.
 */
import type { VNode } from "preact";
import type { Target } from "../state/target.ts";
import { MAX_PANELS } from "../state/limits.ts";
import { useParts } from "./context.tsx";
import { Empty } from "./controls.tsx";
import { PanelFrame } from "./panel_frame.tsx";
import { Welcome } from "./welcome.tsx";

/** The panels; before there is a device, how far the connection is. */
export function Workspace({ onTarget }: { readonly onTarget: (target: Target) => void }): VNode {
  const { model, screen } = useParts();
  const panels = model.workspace.panels.value;
  const maximized = model.workspace.maximized.value;
  const shown = maximized === undefined ? panels : panels.filter(({ id }) => id === maximized);
  return (
    <section class="workspace" aria-label="Panels">
      {model.device.value === undefined
        ? <Welcome onTarget={onTarget} />
        : panels.length === 0
        ? (
          <Empty icon="panels" title="No panels">
            <p>Choose a channel to see what comes on it.</p>
            <button type="button" class="button only-small" onClick={() => screen.go("channels")}>Channels</button>
          </Empty>
        )
        : (
          <div class="panels" data-count={shown.length} data-maximized={maximized !== undefined}>
            {shown.map((panel) => <PanelFrame key={panel.id} panel={panel} />)}
          </div>
        )}
      {model.workspace.isFull.value
        ? (
          <div class="toast" role="alert">
            <span>{`There can be ${MAX_PANELS} panels at a time: close one first.`}</span>
            <button type="button" class="button button-small" onClick={() => model.workspace.dismissFull()}>
              Good
            </button>
          </div>
        )
        : null}
    </section>
  );
}
