/**
 * Controls that several parts of the page have.
 */
import type { ComponentChildren, VNode } from "preact";
import { useRef } from "preact/hooks";
import { Icon, type IconName } from "./icons.tsx";

/** A button that is an icon, with a name for those who do not see it and a tip for those who do. */
export function IconButton(
  { icon, label, onClick, isPressed, isDisabled }: {
    readonly icon: IconName;
    readonly label: string;
    readonly onClick: () => void;
    readonly isPressed?: boolean;
    readonly isDisabled?: boolean;
  },
): VNode {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

/** On or off. */
export function Switch(
  { isOn, onChange, label, isLabelHidden = false, isDisabled = false }: {
    readonly isOn: boolean;
    readonly onChange: (isOn: boolean) => void;
    readonly label: string;
    readonly isLabelHidden?: boolean;
    readonly isDisabled?: boolean;
  },
): VNode {
  return (
    <button
      type="button"
      role="switch"
      class="switch"
      aria-checked={isOn}
      aria-label={label}
      disabled={isDisabled}
      onClick={() => onChange(!isOn)}
    >
      <span class="switch-track" aria-hidden="true">
        <span class="switch-knob" />
      </span>
      {isLabelHidden ? null : <span>{label}</span>}
    </button>
  );
}

/** A field to search in a list. */
export function Search(
  { text, onText, label, onDown }: {
    readonly text: string;
    readonly onText: (text: string) => void;
    readonly label: string;
    /** The arrow down was pressed: on to the list. */
    readonly onDown?: () => void;
  },
): VNode {
  return (
    <label class="search">
      <Icon name="search" />
      <span class="hidden">{label}</span>
      <input
        type="search"
        placeholder={label}
        autocomplete="off"
        spellcheck={false}
        value={text}
        onInput={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") {
            event.preventDefault();
            onDown?.();
          } else if (event.key === "Escape" && text !== "") {
            event.stopPropagation();
            onText("");
          }
        }}
      />
    </label>
  );
}

/** One of a few, as tabs; the arrow keys go from one to the next. */
export function Tabs<Name extends string>(
  { label, tabs, chosen, onChoose, panelId, idPrefix }: {
    readonly label: string;
    readonly tabs: ReadonlyArray<{ readonly name: Name; readonly title: string; readonly badge?: ComponentChildren }>;
    readonly chosen: Name;
    readonly onChoose: (name: Name) => void;
    readonly panelId: string;
    readonly idPrefix: string;
  },
): VNode {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ name }) => name === chosen);
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: at + 1,
      ArrowLeft: at - 1,
      Home: 0,
      End: tabs.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const index = (next + tabs.length) % tabs.length;
    const tab = tabs[index];
    if (tab === undefined) return;
    onChoose(tab.name);
    const button = list.current?.children[index];
    if (button instanceof HTMLElement) button.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {tabs.map(({ name, title, badge }) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`${idPrefix}-${name}`}
          class="tab"
          data-tab={name}
          aria-selected={name === chosen}
          aria-controls={panelId}
          tabIndex={name === chosen ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {title}
          {badge}
        </button>
      ))}
    </div>
  );
}

/** What stands where there is nothing to show, and what can be done about it. */
export function Empty(
  { icon, title, children }: {
    readonly icon: IconName;
    readonly title: string;
    readonly children?: ComponentChildren;
  },
): VNode {
  return (
    <div class="empty">
      <Icon name={icon} />
      <p class="empty-title">{title}</p>
      {children === undefined ? null : <div class="empty-text">{children}</div>}
    </div>
  );
}

/** Says that a list goes on. */
export function More(
  { shown, of, what }: { readonly shown: number; readonly of: number; readonly what: string },
): VNode | null {
  return of <= shown ? null : <p class="more">{`${of - shown} more ${what}; search to find them.`}</p>;
}
