/**
 * The device's connection graph, to be read: by node or by topic.
 */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { type GraphNode, type GraphTopic, nodesOf, topicsOf } from "../state/graph.ts";
import { MAX_LISTED_NODES } from "../state/limits.ts";
import { useParts } from "./context.tsx";
import { Empty, More, Search } from "./controls.tsx";

/** The device's connection graph. */
export function GraphView(): VNode {
  const { graph } = useParts().model;
  const [by, setBy] = useState<"node" | "topic">("node");
  const [text, setText] = useState("");
  const value = graph.value.value;
  if (value === undefined) {
    return <Empty icon="graph" title="No graph">The device does not tell how its parts are connected.</Empty>;
  }
  const wanted = text.toLowerCase();
  const nodes = nodesOf(value).filter((node) => node.name.toLowerCase().includes(wanted));
  const topics = topicsOf(value).filter((topic) => topic.name.toLowerCase().includes(wanted));
  const count = by === "node" ? nodes.length : topics.length;
  return (
    <div class="list-part">
      <header class="side-head">
        <h2>Graph</h2>
        <span class="count">{count}</span>
        <span class="top-space" />
        <div class="segments" role="group" aria-label="List by">
          <button type="button" aria-pressed={by === "node"} onClick={() => setBy("node")}>Nodes</button>
          <button type="button" aria-pressed={by === "topic"} onClick={() => setBy("topic")}>Topics</button>
        </div>
      </header>
      {count > 12 || text !== "" ? <Search text={text} onText={setText} label="Search the graph" /> : null}
      {count === 0 ? <Empty icon="graph" title="Nothing here" /> : null}
      <ul class="graph">
        {by === "node"
          ? nodes.slice(0, MAX_LISTED_NODES).map((node) => <Node key={node.name} node={node} />)
          : topics.slice(0, MAX_LISTED_NODES).map((topic) => <Topic key={topic.name} topic={topic} />)}
      </ul>
      <More shown={MAX_LISTED_NODES} of={count} what={by === "node" ? "nodes" : "topics"} />
    </div>
  );
}

function Node({ node }: { readonly node: GraphNode }): VNode {
  return (
    <li class="card">
      <h3>{node.name}</h3>
      <dl class="ends">
        <Ends title="publishes" sign="→" names={node.publishes} />
        <Ends title="subscribes to" sign="←" names={node.subscribes} />
        <Ends title="provides" sign="◇" names={node.provides} />
      </dl>
    </li>
  );
}

function Topic({ topic }: { readonly topic: GraphTopic }): VNode {
  return (
    <li class="card">
      <h3 class="mono">{topic.name}</h3>
      <dl class="ends">
        <Ends title="from" sign="←" names={topic.publishers} />
        <Ends title="to" sign="→" names={topic.subscribers} />
      </dl>
    </li>
  );
}

function Ends(
  { title, sign, names }: { readonly title: string; readonly sign: string; readonly names: ReadonlyArray<string> },
): VNode | null {
  if (names.length === 0) return null;
  return (
    <div>
      <dt>
        <span aria-hidden="true">{sign}</span>
        {title}
      </dt>
      {names.map((name) => <dd key={name} class="mono">{name}</dd>)}
    </div>
  );
}
