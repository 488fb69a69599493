/**
 * What stands beside the panels: driving, parameters, services, the graph and problems.
 */
import type { VNode } from "preact";
import { type DockTab, useParts } from "./context.tsx";
import { Tabs } from "./controls.tsx";
import { Drive } from "./drive.tsx";
import { GraphView } from "./graph.tsx";
import { ParameterList } from "./parameter_list.tsx";
import { ProblemList } from "./problem_list.tsx";
import { ServiceList } from "./service_list.tsx";

/** What stands beside the panels. */
export function Dock(): VNode {
  const { screen } = useParts();
  const chosen = screen.dock.value;
  const tabs: ReadonlyArray<{ readonly name: DockTab; readonly title: string; readonly badge?: VNode | null }> = [
    { name: "drive", title: "Drive" },
    { name: "parameters", title: "Parameters" },
    { name: "services", title: "Services" },
    { name: "graph", title: "Graph" },
    { name: "problems", title: "Problems", badge: <ProblemCount /> },
  ];
  return (
    <section class="dock" aria-label="Device" data-tab={chosen}>
      <Tabs
        label="About the device"
        tabs={tabs}
        chosen={chosen}
        onChoose={(tab) => screen.open(tab)}
        panelId="dock-panel"
        idPrefix="dock"
      />
      <div class="dock-panel" id="dock-panel" role="tabpanel" aria-labelledby={`dock-${chosen}`} tabIndex={0}>
        <Part tab={chosen} />
      </div>
    </section>
  );
}

function Part({ tab }: { readonly tab: DockTab }): VNode {
  switch (tab) {
    case "drive":
      return <Drive />;
    case "parameters":
      return <ParameterList />;
    case "services":
      return <ServiceList />;
    case "graph":
      return <GraphView />;
    case "problems":
      return <ProblemList />;
  }
}

/** How many problems there are; nothing where there are none. */
export function ProblemCount(): VNode | null {
  const { problems } = useParts().model;
  const count = problems.all.value.length;
  if (count === 0) return null;
  return <span class="badge" data-level={problems.worst.value}>{count}</span>;
}
