/**
 * Recording, as a part of the page.
 */
import type { VNode } from "preact";
import { useMemo } from "preact/hooks";
import { Recorder } from "../record/recorder.ts";
import { RecordButton } from "../record/record_button.tsx";
import { useParts } from "./context.tsx";

/** Records the device's channels, for as long as the page is open: also over another connection to the device. */
export function Record(): VNode {
  const { model } = useParts();
  const recorder = useMemo(() => new Recorder(), [model]);
  // Another viewer has other feeds.
  const viewer = model.connection.viewer.value;
  const shown = new Set(model.workspace.panels.value.flatMap(({ topics }) => topics));
  return (
    <RecordButton
      recorder={recorder}
      channels={model.channels.all.value}
      feeds={viewer === undefined ? undefined : model.channels.feeds}
      shown={shown}
      device={model.device.value?.name}
    />
  );
}
