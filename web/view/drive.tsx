/**
 * Driving: a pad that moves the device for as long as it is held, and not a moment longer.
 */
import { useSignalEffect } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { StopReason, TeleopState } from "../state/teleop.ts";
import type { CommandForm, Motion } from "../state/twist.ts";
import { useParts } from "./context.tsx";
import { Empty } from "./controls.tsx";
import { Icon } from "./icons.tsx";

/** Which way a key moves it, in shares of the limits. */
const keys: ReadonlyMap<string, Motion> = new Map([
  ["KeyW", { linear: 1, angular: 0 }],
  ["ArrowUp", { linear: 1, angular: 0 }],
  ["KeyS", { linear: -1, angular: 0 }],
  ["ArrowDown", { linear: -1, angular: 0 }],
  ["KeyA", { linear: 0, angular: 1 }],
  ["ArrowLeft", { linear: 0, angular: 1 }],
  ["KeyD", { linear: 0, angular: -1 }],
  ["ArrowRight", { linear: 0, angular: -1 }],
]);

/** Nearer to the middle than this share of the pad, nothing is meant. */
const DEAD_ZONE = 0.08;

/** Driving. */
export function Drive(): VNode {
  const { model } = useParts();
  const { teleop } = model;
  if (model.device.value !== undefined && !model.device.value.capabilities.includes("clientPublish")) {
    return <Empty icon="drive" title="It cannot be driven">The device takes no messages from viewers.</Empty>;
  }
  const state = teleop.state.value;
  const isStalled = teleop.isStalled.value;
  const isReady = teleop.isAvailable.value && !isStalled;
  const motion = state.kind === "driving" ? state.motion : { linear: 0, angular: 0 };
  return (
    <div class="drive">
      <h2 class="hidden">Drive</h2>
      <p class="drive-state" data-driving={state.kind === "driving"} data-stalled={isStalled} role="status">
        {isStalled ? "The line is stalled: commands are held back." : stateText(state, isReady)}
      </p>
      <Pad isReady={isReady} />
      <dl class="drive-facts">
        <div>
          <dt>Speed</dt>
          <dd>{`${motion.linear.toFixed(2)} m/s`}</dd>
        </div>
        <div>
          <dt>Turn</dt>
          <dd>{`${motion.angular.toFixed(2)} rad/s`}</dd>
        </div>
      </dl>
      <button
        type="button"
        class="button button-stop"
        aria-label="Stop"
        disabled={!teleop.isAvailable.value}
        onClick={() => teleop.stop("stopped")}
      >
        <Icon name="stop" />
        Stop
      </button>
      <Limits />
      <Command />
    </div>
  );
}

const stops: Readonly<Record<StopReason, string>> = {
  released: "Stopped: nobody holds the pad.",
  blurred: "Stopped: the pad has lost the keyboard.",
  hidden: "Stopped: the page was out of sight.",
  cancelled: "Stopped: the touch was interrupted.",
  connection: "Stopped: the connection was lost. Let go, and hold the pad again.",
  stalled: "Stopped: the line was stalled. Let go, and hold the pad again.",
  stopped: "Stopped.",
};

function stateText(state: TeleopState, isReady: boolean): string {
  if (state.kind === "driving") return "Driving, as long as you hold on.";
  if (!isReady && state.stopped !== "connection") return "Waiting for the device.";
  return state.stopped === undefined
    ? "Hold the pad, or focus it and hold W A S D or the arrows."
    : stops[state.stopped];
}

function Pad({ isReady }: { readonly isReady: boolean }): VNode {
  const { teleop } = useParts().model;
  const pad = useRef<HTMLDivElement>(null);
  const knob = useRef<HTMLSpanElement>(null);
  const held = useRef<{ readonly keys: Set<string>; pointer: number | undefined }>({
    keys: new Set(),
    pointer: undefined,
  });
  const isDriving = teleop.state.value.kind === "driving";
  const place = ({ linear, angular }: Motion) => {
    knob.current?.style.setProperty("--pad-x", String(-angular));
    knob.current?.style.setProperty("--pad-y", String(-linear));
  };
  const letGo = (reason: StopReason) => {
    held.current.keys.clear();
    held.current.pointer = undefined;
    place({ linear: 0, angular: 0 });
    teleop.stop(reason);
  };
  const hold = (motion: Motion) => {
    place(motion);
    teleop.hold(motion);
  };
  useEffect(() => {
    const onHidden = () => document.hidden && letGo("hidden");
    const onBlur = () => letGo("blurred");
    document.addEventListener("visibilitychange", onHidden);
    globalThis.addEventListener("blur", onBlur);
    globalThis.addEventListener("pagehide", onBlur);
    return () => {
      document.removeEventListener("visibilitychange", onHidden);
      globalThis.removeEventListener("blur", onBlur);
      globalThis.removeEventListener("pagehide", onBlur);
      letGo("released");
    };
  }, []);
  // What is held when the connection goes is let go: it does not drive on when it comes back. At once, and not when the
  // page has been drawn: what is held again by then would be forgotten, and nobody could let go of it.
  useSignalEffect(() => {
    if (teleop.state.value.kind === "driving") return;
    held.current.keys.clear();
    held.current.pointer = undefined;
    place({ linear: 0, angular: 0 });
  });
  const byKeys = () => {
    let [linear, angular] = [0, 0];
    for (const key of held.current.keys) {
      linear += keys.get(key)?.linear ?? 0;
      angular += keys.get(key)?.angular ?? 0;
    }
    hold({ linear: Math.sign(linear), angular: Math.sign(angular) });
  };
  const byPointer = (event: PointerEvent) => {
    const box = pad.current?.getBoundingClientRect();
    if (box === undefined) return;
    const reach = box.width / 2;
    const x = (event.clientX - box.left - reach) / reach;
    const y = (event.clientY - box.top - reach) / reach;
    const length = Math.hypot(x, y);
    const scale = length < DEAD_ZONE ? 0 : 1 / Math.max(1, length);
    hold({ linear: -y * scale + 0, angular: -x * scale + 0 });
  };
  return (
    <div
      ref={pad}
      class="pad"
      role="application"
      aria-label="Drive pad"
      aria-describedby="pad-hint"
      aria-disabled={!isReady}
      tabIndex={0}
      data-driving={isDriving}
      onKeyDown={(event) => {
        if (!keys.has(event.code) || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        if (event.repeat || !isReady) return;
        held.current.keys.add(event.code);
        byKeys();
      }}
      onKeyUp={(event) => {
        if (!held.current.keys.delete(event.code)) return;
        event.preventDefault();
        if (held.current.keys.size > 0) byKeys();
        else letGo("released");
      }}
      onBlur={() => letGo("blurred")}
      onPointerDown={(event) => {
        if (!isReady || !event.isPrimary || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        held.current.pointer = event.pointerId;
        byPointer(event);
      }}
      onPointerMove={(event) => {
        if (event.pointerId === held.current.pointer) byPointer(event);
      }}
      onPointerUp={(event) => {
        if (event.pointerId === held.current.pointer) letGo("released");
      }}
      onPointerCancel={(event) => {
        if (event.pointerId === held.current.pointer) letGo("cancelled");
      }}
      onLostPointerCapture={(event) => {
        if (event.pointerId === held.current.pointer) letGo("cancelled");
      }}
      onContextMenu={(event) => event.preventDefault()}
    >
      <span class="pad-arrow" data-way="up" aria-hidden="true" />
      <span class="pad-arrow" data-way="down" aria-hidden="true" />
      <span class="pad-arrow" data-way="left" aria-hidden="true" />
      <span class="pad-arrow" data-way="right" aria-hidden="true" />
      <span class="pad-knob" ref={knob} aria-hidden="true" />
      <span class="hidden" id="pad-hint">
        Moves the device only while it is held: by a pointer, or with W, A, S, D or the arrow keys. Letting go stops it.
      </span>
    </div>
  );
}

function Limits(): VNode {
  const { limits } = useParts().model.teleop;
  const { linear, angular } = limits.value;
  return (
    <fieldset class="sliders">
      <legend>At most</legend>
      <Slider
        label="Speed"
        unit="m/s"
        value={linear}
        max={2}
        onChange={(value) => {
          limits.value = { linear: value, angular };
        }}
      />
      <Slider
        label="Turn"
        unit="rad/s"
        value={angular}
        max={3}
        onChange={(value) => {
          limits.value = { linear, angular: value };
        }}
      />
    </fieldset>
  );
}

function Slider(
  { label, unit, value, max, onChange }: {
    readonly label: string;
    readonly unit: string;
    readonly value: number;
    readonly max: number;
    readonly onChange: (value: number) => void;
  },
): VNode {
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min={0.05}
        max={max}
        step={0.05}
        value={value}
        aria-valuetext={`${value.toFixed(2)} ${unit}`}
        onInput={(event) => onChange(Number(event.currentTarget.value))}
      />
      <output>{`${value.toFixed(2)} ${unit}`}</output>
    </label>
  );
}

function Command(): VNode {
  const { teleop } = useParts().model;
  const forms: ReadonlyArray<CommandForm> = ["TwistStamped", "Twist"];
  return (
    <details class="details">
      <summary>Commands</summary>
      <label class="field">
        <span>Topic</span>
        <input
          type="text"
          spellcheck={false}
          value={teleop.topic.value}
          onChange={(event) => teleop.configure(event.currentTarget.value.trim() || "/cmd_vel", teleop.form.value)}
        />
      </label>
      <label class="field">
        <span>Message</span>
        <select
          value={teleop.form.value}
          onChange={(event) => {
            const form = forms.find((one) => one === event.currentTarget.value);
            if (form !== undefined) teleop.configure(teleop.topic.value, form);
          }}
        >
          {forms.map((form) => <option key={form} value={form}>{`geometry_msgs/${form}`}</option>)}
        </select>
      </label>
    </details>
  );
}
