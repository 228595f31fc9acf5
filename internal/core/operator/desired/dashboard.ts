import { type DashboardPanel, PANELS } from "./dashboard_panels.ts";

/** The cluster that a dashboard shows first. People can choose another one on it. */
export interface DashboardOwner {
  readonly namespace: string;
  readonly name: string;
}

/** The width of a Grafana dashboard. */
const COLUMNS = 24;
const DATA_SOURCE = { type: "prometheus", uid: "$datasource" };

/**
 * A Grafana dashboard, as its sidecar and its import accept it. Each cluster is a Prometheus job with the name that a PodMonitor gives it by
 * default: namespace/name. Each pod has the label `pod`, which a PodMonitor adds, too.
 */
export function dashboardJson(owner: DashboardOwner): string {
  const dashboard = {
    title: `Global Cluster: ${owner.namespace}/${owner.name}`,
    tags: ["global-cluster"],
    editable: true,
    // The oldest schema with all of these fields. Grafana converts it to its own.
    schemaVersion: 39,
    refresh: "10s",
    time: { from: "now-30m", to: "now" },
    templating: { list: [dataSourceVariable(), jobVariable(owner)] },
    panels: placed(PANELS),
  };
  return JSON.stringify(dashboard, null, 2);
}

function dataSourceVariable() {
  return { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" };
}

function jobVariable({ namespace, name }: DashboardOwner) {
  const job = `${namespace}/${name}`;
  return {
    name: "job",
    label: "Cluster",
    type: "query",
    datasource: DATA_SOURCE,
    query: "label_values(global_cluster_build_info, job)",
    current: { text: job, value: job },
    refresh: 2,
    sort: 1,
  };
}

/** Places panels from left to right, and in the next row once a row is full. */
function placed(panels: readonly DashboardPanel[]): object[] {
  let [x, y, rowHeight] = [0, 0, 0];
  return panels.map((panel, index) => {
    const { width, height } = panel.size;
    if (x + width > COLUMNS) [x, y, rowHeight] = [0, y + rowHeight, 0];
    const position = { x, y, w: width, h: height };
    x += width;
    rowHeight = Math.max(rowHeight, height);
    return panelJson(panel, index + 1, position);
  });
}

function panelJson({ kind, title, description, unit, queries, stacked }: DashboardPanel, id: number, gridPos: object) {
  const custom = stacked ? { stacking: { mode: "normal" }, fillOpacity: 30 } : {};
  return {
    id,
    ...{ type: kind, title, description, gridPos, datasource: DATA_SOURCE },
    fieldConfig: { defaults: { unit, min: 0, custom }, overrides: [] },
    targets: queries.map(({ query, legend }, index) => ({
      refId: String.fromCharCode("A".charCodeAt(0) + index),
      datasource: DATA_SOURCE,
      expr: query,
      legendFormat: legend,
      // A stat or a bar shows the present. Otherwise Grafana would query a whole range and show its last value.
      instant: kind !== "timeseries",
      range: kind === "timeseries",
    })),
  };
}
