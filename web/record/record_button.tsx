/**
 * The button that records, and what it asks before and says after.
 */
import { useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ChannelInfo } from "../../mod.ts";
import { bytesText, countText } from "../panels/words.ts";
import { RecordDialog } from "./record_dialog.tsx";
import { download, type FeedSource, fileName, type Recorder } from "./recorder.ts";

/** What the button needs of the page. */
export interface RecordButtonProps {
  readonly recorder: Recorder;
  /** The device's channels, as they are now. */
  readonly channels: ReadonlyArray<ChannelInfo>;
  /** The feeds of the viewer that is connected. */
  readonly feeds: FeedSource | undefined;
  /** The topics that panels show. */
  readonly shown: ReadonlySet<string>;
  /** The device's name, for the name of the file. */
  readonly device: string | undefined;
}

/** Records channels of the device into an MCAP file. */
export function RecordButton({ recorder, channels, feeds, shown, device }: RecordButtonProps): VNode {
  const [isAsking, setAsking] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const state = recorder.state.value;
  useEffect(() => recorder.follow(channels, feeds), [recorder, channels, feeds, state.kind]);
  useSignalEffect(() => {
    const { value } = recorder.state;
    if (value.kind === "saved" && value.file !== undefined) download(value.file, value.name);
  });
  const isRecording = state.kind === "recording";
  useEffect(() => {
    if (!isRecording) return;
    // What is in memory would be lost with the page: the browser asks.
    const onLeave = (event: Event): void => event.preventDefault();
    addEventListener("beforeunload", onLeave);
    return () => removeEventListener("beforeunload", onLeave);
  }, [isRecording]);
  return (
    <span class="record">
      <button
        type="button"
        ref={button}
        class={`view-button record-button${isRecording ? " is-recording" : ""}`}
        aria-haspopup={isRecording ? undefined : "dialog"}
        disabled={state.kind === "saving" || (!isRecording && channels.length === 0)}
        onClick={() => (isRecording ? void recorder.stop() : setAsking(true))}
      >
        <span class="record-dot" aria-hidden="true" />
        {isRecording ? <RecordingFacts recorder={recorder} since={state.since} /> : "Record"}
      </button>
      <Outcome recorder={recorder} />
      {isAsking && (
        <RecordDialog
          channels={channels}
          shown={shown}
          onClose={() => {
            setAsking(false);
            button.current?.focus();
          }}
          onStart={(choice, toDisk) => void recorder.start({ choice, toDisk, name: fileName(device, new Date()) })}
        />
      )}
    </span>
  );
}

function RecordingFacts({ recorder, since }: { recorder: Recorder; since: number }): VNode {
  const { bytes } = recorder.counts.value;
  const seconds = Math.round((performance.now() - since) / 1_000);
  const time = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return (
    <>
      <span>Stop</span>
      <span class="record-facts">{time} · {bytesText(bytes)}</span>
    </>
  );
}

/** What has become of a recording, until somebody has read it. */
function Outcome({ recorder }: { recorder: Recorder }): VNode {
  const state = recorder.state.value;
  const { messages, bytes } = recorder.counts.value;
  const text = state.kind === "failed"
    ? `The recording could not be written: ${state.detail}`
    : state.kind === "saved"
    ? `${endings[state.how]} ${countText(messages)} messages, ${bytesText(bytes)}, in ${state.name}.`
    : undefined;
  const isBad = state.kind === "failed" || (state.kind === "saved" && state.how !== "stopped");
  return (
    <span class="record-outcome-place" role="status">
      {text !== undefined && (
        <span class={`record-outcome${isBad ? " is-bad" : ""}`}>
          <span>{text}</span>
          {state.kind === "saved" && state.file !== undefined && (
            <button
              type="button"
              class="view-button"
              onClick={() => download(state.file!, state.name)}
            >
              Download again
            </button>
          )}
          <button type="button" class="view-button" aria-label="Close" onClick={() => recorder.dismiss()}>×</button>
        </span>
      )}
    </span>
  );
}

const endings = {
  stopped: "Recorded.",
  full: "Stopped, as it was as large as a recording may be.",
  slow: "Stopped, as the disk is slower than what comes in.",
  failed: "Stopped, as it could not be written.",
} as const;
