/**
 * The device's services, and a form to call them.
 */
import type { VNode } from "preact";
import { useId, useState } from "preact/hooks";
import type { ReadService } from "../../mod.ts";
import { MAX_LISTED_SERVICES } from "../state/limits.ts";
import { type CallForm, type CallOutcome, requestProblem } from "../state/services.ts";
import { useParts } from "./context.tsx";
import { Empty, More, Search } from "./controls.tsx";
import { milliseconds } from "./format.ts";
import { Icon } from "./icons.tsx";

/** The device's services. */
export function ServiceList(): VNode {
  const { services } = useParts().model;
  const [text, setText] = useState("");
  const all = services.all.value;
  const form = services.form.value;
  const wanted = text.toLowerCase();
  const found = all.filter(({ name, type }) => `${name} ${type}`.toLowerCase().includes(wanted));
  const shown = found.slice(0, MAX_LISTED_SERVICES);
  if (all.length === 0 && form === undefined) {
    return <Empty icon="terminal" title="No services">The device offers none.</Empty>;
  }
  return (
    <div class="list-part">
      <header class="side-head">
        <h2>Services</h2>
        <span class="count">{all.length}</span>
      </header>
      {all.length > 8 ? <Search text={text} onText={setText} label="Search services" /> : null}
      <ul class="services">
        {shown.map((service) => <Row key={service.name} service={service} form={form} />)}
      </ul>
      <More shown={shown.length} of={found.length} what="services" />
    </div>
  );
}

function Row({ service, form }: { readonly service: ReadService; readonly form: CallForm | undefined }): VNode {
  const { services } = useParts().model;
  const isOpen = form?.service === service.name;
  return (
    <li class="service" data-open={isOpen}>
      <button
        type="button"
        class="service-name"
        aria-expanded={isOpen}
        onClick={() => services.choose(isOpen ? undefined : service)}
      >
        <Icon name="chevron" />
        <span class="service-words">
          <span class="mono">{service.name}</span>
          <span class="quiet">{service.type}</span>
        </span>
      </button>
      {isOpen && form !== undefined ? <Form form={form} /> : null}
    </li>
  );
}

function Form({ form }: { readonly form: CallForm }): VNode {
  const { services, connection } = useParts().model;
  const id = useId();
  const problem = requestProblem(form, services.encodingOf(form.service));
  const isCalling = form.outcome?.kind === "calling";
  const canCall = problem === undefined && connection.state.value.kind === "connected";
  return (
    <form
      class="form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (canCall) void services.call();
      }}
    >
      <label class="field">
        <span>Request</span>
        <textarea
          class="input mono"
          rows={Math.min(12, Math.max(3, form.request.split("\n").length))}
          spellcheck={false}
          value={form.request}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : `${id}-problem`}
          onInput={(event) => services.edit({ request: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            if (canCall && !isCalling) void services.call();
          }}
        />
      </label>
      {problem === undefined ? null : <p class="problem-text" id={`${id}-problem`} role="alert">{problem}</p>}
      <div class="form-row">
        <label class="field field-inline">
          <span>Wait for</span>
          <input
            class="input"
            type="text"
            inputMode="decimal"
            value={form.timeout}
            onInput={(event) => services.edit({ timeout: event.currentTarget.value })}
          />
          <span>s</span>
        </label>
        <span class="top-space" />
        {/* Each is a button of its own: one that became the other under a click would call again. */}
        {isCalling
          ? <button key="cancel" type="button" class="button" onClick={() => services.cancel()}>Cancel</button>
          : <button key="call" type="submit" class="button button-primary" disabled={!canCall}>Call</button>}
      </div>
      <div aria-live="polite">{form.outcome === undefined ? null : <Outcome outcome={form.outcome} />}</div>
    </form>
  );
}

function Outcome({ outcome }: { readonly outcome: CallOutcome }): VNode {
  switch (outcome.kind) {
    case "calling":
      return <p class="quiet">Waiting for the answer…</p>;
    case "failed":
      return <p class="problem-text">{outcome.why}</p>;
    case "answered":
      return (
        <div class="reply">
          <p class="quiet">
            {`Answered after ${milliseconds(outcome.ms)}`}
            {outcome.encoding === "" ? null : <span class="chip">{outcome.encoding}</span>}
          </p>
          <pre tabIndex={0} aria-label="Answer">{outcome.text === "" ? "(nothing)" : outcome.text}</pre>
        </div>
      );
  }
}
