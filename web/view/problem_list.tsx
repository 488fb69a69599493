/**
 * What the device has to say.
 */
import type { VNode } from "preact";
import type { Problem } from "../state/problems.ts";
import { useParts } from "./context.tsx";
import { Empty, IconButton } from "./controls.tsx";
import { timeOfDay } from "./format.ts";

const levels: Readonly<Record<Problem["level"], string>> = { info: "Info", warning: "Warning", error: "Error" };

/** What the device has to say. */
export function ProblemList(): VNode {
  const { problems } = useParts().model;
  const all = problems.all.value;
  if (all.length === 0) {
    return <Empty icon="alert" title="No problems">What the device complains of stands here.</Empty>;
  }
  return (
    <div class="list-part">
      <header class="side-head">
        <h2>Problems</h2>
        <span class="count">{all.length}</span>
        <span class="top-space" />
        <button
          type="button"
          class="button button-small"
          onClick={() => problems.dismiss(...all.map(({ key }) => key))}
        >
          Dismiss all
        </button>
      </header>
      <ul class="problems">
        {all.map((problem) => (
          <li key={problem.key} class="problem" data-level={problem.level}>
            <div class="problem-words">
              <p class="problem-head">
                <span class="level">{levels[problem.level]}</span>
                <span class="quiet">{problem.id ?? "device"}</span>
                <time class="quiet">{timeOfDay(problem.since)}</time>
              </p>
              <p class="problem-message">{problem.message}</p>
            </div>
            <IconButton icon="close" label="Dismiss" onClick={() => problems.dismiss(problem.key)} />
          </li>
        ))}
      </ul>
    </div>
  );
}
