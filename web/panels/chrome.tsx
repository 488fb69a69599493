/**
 * What panels have in common on the screen.
 */
import type { ComponentChildren, VNode } from "preact";
import type { Message } from "../../mod.ts";
import { bytesText, rateText, timeText } from "./words.ts";

/** A row of controls. */
export function Toolbar({ label, children }: { label: string; children: ComponentChildren }): VNode {
  return <div class="view-tools" role="group" aria-label={label}>{children}</div>;
}

/** A button that is on or off. */
export function Toggle(
  { isOn, onToggle, children }: { isOn: boolean; onToggle: (isOn: boolean) => void; children: ComponentChildren },
): VNode {
  return (
    <button type="button" class="view-button" aria-pressed={isOn} onClick={() => onToggle(!isOn)}>
      {children}
    </button>
  );
}

/** Time, size and rate of the message that is shown. */
export function MessageFacts({ message, rate }: { message: Message | undefined; rate: number }): VNode {
  if (message === undefined) return <span class="view-facts">waiting for a message</span>;
  return (
    <span class="view-facts">
      <span>{timeText(message.logTime)}</span>
      <span>{bytesText(message.data.byteLength)}</span>
      <span>{rateText(rate)}</span>
    </span>
  );
}

/** Something is wrong, in words. */
export function Problem({ text, count }: { text: string | undefined; count?: number }): VNode | null {
  if (text === undefined) return null;
  const times = count === undefined || count < 2 ? "" : ` (${count} times)`;
  return <p class="view-problem" role="alert">{text}{times}</p>;
}
