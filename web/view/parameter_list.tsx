/**
 * The device's parameters, edited in place.
 */
import type { VNode } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Parameter } from "../../mod.ts";
import { MAX_LISTED_PARAMETERS } from "../state/limits.ts";
import { type Editing, editingOf, valueText, withText } from "../state/parameter_text.ts";
import { useParts } from "./context.tsx";
import { Empty, IconButton, More, Search, Switch } from "./controls.tsx";

/** The device's parameters. */
export function ParameterList(): VNode {
  const { model } = useParts();
  const [text, setText] = useState("");
  const all = model.parameters.all.value;
  const state = model.parameters.state.value;
  const wanted = text.toLowerCase();
  const found = all.filter(({ name }) => name.toLowerCase().includes(wanted));
  const shown = found.slice(0, MAX_LISTED_PARAMETERS);
  if (state.kind === "unsupported") {
    return <Empty icon="sliders" title="No parameters">The device has none that can be read.</Empty>;
  }
  return (
    <div class="list-part">
      <header class="side-head">
        <h2>Parameters</h2>
        <span class="count">{all.length}</span>
        <span class="top-space" />
        <IconButton icon="reload" label="Read all parameters again" onClick={() => void model.parameters.load()} />
      </header>
      {all.length > 8 ? <Search text={text} onText={setText} label="Search parameters" /> : null}
      {state.kind === "failed" ? <p class="problem-text" role="alert">{state.why}</p> : null}
      {state.kind === "loading" ? <p class="quiet" role="status">Reading the parameters…</p> : null}
      {state.kind === "ready" && shown.length === 0
        ? <Empty icon="sliders" title={all.length === 0 ? "No parameters" : "Nothing found"} />
        : (
          <ul class="parameters">
            {shown.map((parameter) => <Row key={parameter.name} parameter={parameter} />)}
          </ul>
        )}
      <More shown={shown.length} of={found.length} what="parameters" />
    </div>
  );
}

const kinds: Readonly<Record<Editing, string>> = {
  switch: "bool",
  integer: "int",
  float: "float",
  text: "string",
  bytes: "bytes",
  json: "json",
};

function Row({ parameter }: { readonly parameter: Parameter }): VNode {
  const { parameters } = useParts().model;
  const id = useId();
  const editing = editingOf(parameter);
  const told = valueText(parameter);
  const [draft, setDraft] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [isSetting, setSetting] = useState(false);
  const isThere = useRef(true);
  useEffect(() => () => {
    isThere.current = false;
  }, []);
  const restore = () => {
    setDraft(undefined);
    setProblem(undefined);
  };
  const set = async (text: string) => {
    if (isSetting) return;
    const wanted = withText(parameter, text);
    if (typeof wanted === "string") return setProblem(wanted);
    setProblem(undefined);
    setSetting(true);
    const refused = await parameters.set(wanted);
    if (!isThere.current) return;
    setSetting(false);
    setDraft(undefined);
    setProblem(refused);
  };
  const commit = () => {
    if (draft === undefined) return;
    if (draft === told) restore();
    else void set(draft);
  };
  const described = problem === undefined ? undefined : `${id}-problem`;
  return (
    <li class="parameter" data-setting={isSetting}>
      <label class="parameter-name" for={id} title={parameter.name}>{parameter.name}</label>
      <span class="parameter-kind">{kinds[editing]}</span>
      {editing === "switch"
        ? (
          <Switch
            isOn={told === "true"}
            label={parameter.name}
            isLabelHidden
            isDisabled={isSetting}
            onChange={(isOn) => void set(String(isOn))}
          />
        )
        : editing === "json"
        ? (
          <textarea
            id={id}
            class="input mono"
            rows={2}
            spellcheck={false}
            value={draft ?? told}
            aria-invalid={problem !== undefined}
            aria-describedby={described}
            onInput={(event) => setDraft(event.currentTarget.value)}
            onBlur={commit}
            onKeyDown={(event) => event.key === "Escape" && restore()}
          />
        )
        : (
          <input
            id={id}
            class="input mono"
            type="text"
            inputMode={editing === "text" ? "text" : "decimal"}
            readOnly={editing === "bytes" || isSetting}
            spellcheck={false}
            autocomplete="off"
            value={draft ?? told}
            aria-invalid={problem !== undefined}
            aria-describedby={described}
            onInput={(event) => setDraft(event.currentTarget.value)}
            onBlur={commit}
            onKeyDown={(event) => {
              if (event.key === "Enter") commit();
              else if (event.key === "Escape") restore();
            }}
          />
        )}
      {problem === undefined ? null : <p class="problem-text" id={`${id}-problem`} role="alert">{problem}</p>}
    </li>
  );
}
