/**
 * About the connection, and another one.
 */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { type Target, urlProblem } from "../state/target.ts";
import { useParts } from "./context.tsx";
import { IconButton } from "./controls.tsx";
import { milliseconds, perSecond, UNKNOWN } from "./format.ts";
import { stateWords } from "./top_bar.tsx";

/** About the connection, and another one; open while the screen says so. */
export function ConnectionDialog({ onTarget }: { readonly onTarget: (target: Target) => void }): VNode {
  const { model, screen } = useParts();
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = screen.isConnectionOpen.value;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const close = () => {
    screen.isConnectionOpen.value = false;
  };
  const connect = (target: Target) => {
    onTarget(target);
    close();
  };
  return (
    <dialog
      class="dialog"
      ref={dialog}
      aria-labelledby="connection-title"
      onClose={close}
      onClick={(event) => event.target === dialog.current && close()}
    >
      {isOpen
        ? (
          <div class="dialog-body">
            <header class="dialog-head">
              <h2 id="connection-title">Connection</h2>
              <IconButton icon="close" label="Close" onClick={close} />
            </header>
            <Facts />
            <div class="dialog-actions">
              <button type="button" class="button" onClick={() => model.connection.connect()}>Connect anew</button>
              <button
                type="button"
                class="button"
                disabled={model.connection.state.value.kind === "ended"}
                onClick={() => model.connection.end()}
              >
                Disconnect
              </button>
            </div>
            <TargetForm onTarget={connect} />
          </div>
        )
        : null}
    </dialog>
  );
}

function Facts(): VNode {
  const { model } = useParts();
  const { roundTripMs, offset } = model.latency.value;
  const target = model.connection.target.value;
  const device = model.device.value;
  const clock = offset === undefined ? UNKNOWN : `${milliseconds(offset.ms)} ± ${milliseconds(offset.boundMs)}`;
  return (
    <dl class="facts">
      <dt>State</dt>
      <dd>{stateWords(model.connection.state.value, model.now.value).word}</dd>
      <dt>Device</dt>
      <dd>{device?.name ?? UNKNOWN}</dd>
      <dt>Made with</dt>
      <dd>{device?.metadata.get("fg-library") ?? UNKNOWN}</dd>
      <dt>By way of</dt>
      <dd>{target.via === "livekit" ? `LiveKit, ${target.url}` : "the device itself, with event streams"}</dd>
      <dt>There and back</dt>
      <dd>{milliseconds(roundTripMs)}</dd>
      <dt>Its clock is ahead by</dt>
      <dd>{clock}</dd>
      <dt>Coming in</dt>
      <dd>{perSecond(model.channels.total.value)}</dd>
    </dl>
  );
}

/** A form for what to connect to. */
export function TargetForm({ onTarget }: { readonly onTarget: (target: Target) => void }): VNode {
  const { model } = useParts();
  const now = model.connection.target.value;
  const [via, setVia] = useState<Target["via"]>(now.via);
  const [url, setUrl] = useState(now.via === "livekit" ? now.url : "");
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const submit = (event: Event) => {
    event.preventDefault();
    if (via === "device") return onTarget({ via, token: token === "" ? undefined : token });
    const wrong = urlProblem(url) ?? (token === "" ? "A LiveKit server asks for a token." : undefined);
    setProblem(wrong);
    if (wrong === undefined) onTarget({ via, url, token });
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      <fieldset class="choice">
        <legend>Connect to</legend>
        <label>
          <input type="radio" name="via" checked={via === "device"} onChange={() => setVia("device")} />
          <span>This device</span>
        </label>
        <label>
          <input type="radio" name="via" checked={via === "livekit"} onChange={() => setVia("livekit")} />
          <span>A LiveKit server</span>
        </label>
      </fieldset>
      {via === "livekit"
        ? (
          <label class="field">
            <span>Server</span>
            <input
              type="url"
              placeholder="wss://…"
              spellcheck={false}
              value={url}
              aria-invalid={problem !== undefined}
              aria-describedby={problem === undefined ? undefined : "target-problem"}
              onInput={(event) => setUrl(event.currentTarget.value)}
            />
          </label>
        )
        : null}
      <label class="field">
        <span>{via === "livekit" ? "Token" : "Token, where the device asks for one"}</span>
        <input
          type="password"
          autocomplete="off"
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      {problem === undefined ? null : <p class="problem-text" id="target-problem" role="alert">{problem}</p>}
      <button type="submit" class="button button-primary">Connect</button>
    </form>
  );
}
