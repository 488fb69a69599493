/**
 * What is asked before a recording: which channels, and where it goes to.
 */
import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ChannelInfo } from "../../mod.ts";
import { MAX_MEMORY_BYTES } from "./limits.ts";
import type { Choice } from "./recorder.ts";
import { DiskSink } from "./sink.ts";

/** What the dialog needs. */
export interface RecordDialogProps {
  readonly channels: ReadonlyArray<ChannelInfo>;
  /** The topics that panels show. */
  readonly shown: ReadonlySet<string>;
  readonly onStart: (choice: Choice, toDisk: boolean) => void;
  readonly onClose: () => void;
}

/** Asks for what is to be recorded. */
export function RecordDialog({ channels, shown, onStart, onClose }: RecordDialogProps): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const title = useId();
  const [choice, setChoice] = useState<Choice>("all");
  const [toDisk, setToDisk] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const topics = [...new Set(channels.map(({ topic }) => topic))].sort();
  const isChosen = (topic: string): boolean => choice === "all" || choice.has(topic);
  const toggle = (topic: string): void => {
    const chosen = new Set(topics.filter(isChosen));
    if (!chosen.delete(topic)) chosen.add(topic);
    setChoice(chosen);
  };
  const count = topics.filter(isChosen).length;
  return (
    <dialog class="record-dialog" ref={dialog} aria-labelledby={title} onClose={onClose}>
      <form
        method="dialog"
        onSubmit={() => {
          onStart(choice, toDisk);
        }}
      >
        <h2 id={title}>Record</h2>
        <div class="view-tools" role="group" aria-label="Choose">
          <button type="button" class="view-button" aria-pressed={choice === "all"} onClick={() => setChoice("all")}>
            All, also later ones
          </button>
          <button type="button" class="view-button" onClick={() => setChoice(new Set(shown))}>Only shown</button>
          <button type="button" class="view-button" onClick={() => setChoice(new Set())}>None</button>
        </div>
        <fieldset>
          <legend>Channels</legend>
          {topics.map((topic) => (
            <label key={topic}>
              <input type="checkbox" checked={isChosen(topic)} onChange={() => toggle(topic)} />
              <span>{topic}</span>
            </label>
          ))}
        </fieldset>
        {DiskSink.isPossible && (
          <label>
            <input
              type="checkbox"
              checked={toDisk}
              onChange={({ currentTarget }) => setToDisk(currentTarget.checked)}
            />
            <span>Write to a file while recording</span>
          </label>
        )}
        <p class="record-note">
          {toDisk
            ? "The file is whole once the recording has been stopped."
            : `It is kept in memory, and stops by itself at ${MAX_MEMORY_BYTES / 2 ** 20} MiB.`}
        </p>
        <div class="record-actions">
          <button type="button" class="view-button" onClick={() => dialog.current?.close()}>Cancel</button>
          <button type="submit" class="view-button record-start" disabled={count === 0}>
            Record {count === 1 ? "1 channel" : `${count} channels`}
          </button>
        </div>
      </form>
    </dialog>
  );
}
