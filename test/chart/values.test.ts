import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import { version } from "../../cmd/settings/read/from_process.ts";
import { type Schema, schemaOf } from "../core/operator/definition_schema.ts";
import { CHART, helm, only, RELEASE, render, renderAs, requireHelm, type Values } from "./helm.ts";

const VALUES = readFileSync(join(CHART, "values.yaml"), "utf8");
const DEFAULTS = load(VALUES) as Values;
/** Of the counter, when nothing is said of it. */
const USUAL_SPEC = { class: "default", imagePullPolicy: "IfNotPresent" };

/** The chart sets only what somebody asked for, and refuses a wrong value with its place. */
describe("the chart's values", () => {
  before(function () {
    requireHelm(this);
  });

  const counterSpec = (values: Values) => only(render(values), "CounterCluster").spec;

  it("may be absent, each and all, as with --reuse-values from an older chart", () => {
    const sections = Object.keys(DEFAULTS);
    for (const section of sections) render({ [section]: null });
    render(Object.fromEntries(sections.map((section) => [section, null])));
    render(withoutLeaves(DEFAULTS));
  });

  it("are each documented by the line before", () => {
    const lines = VALUES.split("\n");
    const undocumented = lines.filter((line, at) => {
      const isAmount = /^ +(requests|limits|cpu|memory):/.test(line);
      return /^ *\w+:/.test(line) && !isAmount && !/^ *#/.test(lines[at - 1] ?? "");
    });
    assert.deepEqual(undocumented, []);
  });

  it("set nothing of the resource that nobody asked for", () => {
    assert.deepEqual(counterSpec({}), USUAL_SPEC);
  });

  it("set a number of pods only if there is one, and zero is one", () => {
    assert.deepEqual(counterSpec({ counter: { replicas: 0 } }), { ...USUAL_SPEC, replicas: 0 });
    assert.throws(
      () => render({ counter: { replicas: 3 }, autoscaling: { enabled: true } }),
      /counter.replicas and autoscaling.enabled exclude each other/,
    );
  });

  it("set the counter's image only if there is one: an upgrade of the operator restarts no counter", () => {
    assert.deepEqual(counterSpec({ image: { tag: "9.9.9" } }), USUAL_SPEC);
    assert.deepEqual(counterSpec({ counter: { image: "a:1" } }), { class: "default", image: "a:1" });
  });

  it("hand on a no, and an object that is asked for by being there", () => {
    const counter = { networkPolicy: false, monitoring: { dashboard: {} } };
    assert.deepEqual(counterSpec({ counter }), { ...USUAL_SPEC, ...counter });
  });

  it("pull the counter's image as the operator's, if it is the same one and nothing else is said", () => {
    const policy = (values: Values) => (counterSpec(values) as { imagePullPolicy?: string }).imagePullPolicy;
    const image = { repository: "a", tag: "latest", pullPolicy: "Never" };
    assert.equal(policy({ image: null }), "IfNotPresent");
    assert.equal(policy({ image }), "Never");
    assert.equal(policy({ image, counter: { image: "a:latest" } }), "Never");
    assert.equal(policy({ image, counter: { image: "b:latest" } }), undefined);
    assert.equal(policy({ image, counter: { imagePullPolicy: "Always" } }), "Always");
  });

  it("are whole numbers also where they are large: helm writes a million as 1e+06", () => {
    const values = { test: { hits: 1_000_000 } };
    const [container] = (only(render(values), "Pod").spec as { containers: { args: string[] }[] }).containers;
    assert.deepEqual(container?.args.slice(-2), ["--hits", "1000000"]);
    assert.match(notes(values), /with 1000000 hits/);
  });

  it("know every field of the resource, and no other", () => {
    const schema = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8"));
    const { enabled, name, ...counter } = schema.properties.counter.properties;
    assert.ok(enabled && name);
    const { class: _, ...spec } = schemaOf("spec").properties ?? {};
    assert.deepEqual(namesIn({ properties: counter }, schema.definitions), namesIn({ properties: spec }));
  });

  it("are refused with their place and what is wrong", () => {
    const refusal = refusalOf({
      counter: { replicas: "many", replica: 3, store: { etcd: { managed: {}, external: { endpoints: ["a:1"] } } } },
      operator: { namespaces: ["Web"] },
    });
    assert.match(refusal, /at '\/counter\/replicas': got string, want null or integer/);
    assert.match(refusal, /at '\/counter': additional properties 'replica' not allowed/);
    assert.match(refusal, /at '\/counter\/store\/etcd': maxProperties: got 2, want 1/);
    assert.match(refusal, /at '\/operator\/namespaces\/0': 'Web' does not match pattern/);
  });

  it("are refused where an external store's endpoint is none, as the definition refuses it", () => {
    const external = (endpoint: string) => ({ counter: { store: { etcd: { external: { endpoints: [endpoint] } } } } });
    assert.match(refusalOf(external("https://etcd:2379")), /at '.*\/endpoints\/0': 'https.*does not match pattern/);
    for (const endpoint of ["etcd.example:2379", "[::1]:2379"]) render(external(endpoint));
    const rule = ["store", "etcd", "external", "endpoints"].reduce<Schema | undefined>(
      (schema, name) => schema?.properties?.[name],
      schemaOf("spec"),
    )?.items?.["x-kubernetes-validations"]?.[0]?.rule;
    const { counter } = JSON.parse(readFileSync(join(CHART, "values.schema.json"), "utf8")).properties;
    const { external: own } = counter.properties.store.properties.etcd.properties;
    assert.equal(rule, `self.matches(r'${own.properties.endpoints.items.pattern}')`);
  });

  it("are refused where the operator would not serve the counter", () => {
    assert.match(
      refusalOf({ operator: { namespaces: ["shop"] } }),
      /operator.namespaces \(shop\) does not include "web".*add it, or set counter.enabled=false/,
    );
    assert.match(
      refusalOf({ operator: { namespaces: ["*", "web"] } }),
      /means all namespaces and must be the only entry/,
    );
  });

  it("make a release of any name that a counter can have", () => {
    for (const name of ["global-cluster", "my-global-cluster", "a".repeat(40)]) {
      // Only what is of no namespace may have a longer name.
      const named = renderAs(name).filter(({ kind }) => !kind.startsWith("Cluster"));
      for (const { kind, metadata } of named) assert.ok(metadata.name.length <= 63, `${kind} ${metadata.name}`);
    }
    for (const name of ["a".repeat(41), "7up"]) {
      assert.throws(() => renderAs(name), /cannot be a counter's name.*set counter.name/);
      renderAs(name, { counter: { name: "visits" } });
    }
  });

  it("name the program's version", () => {
    const chart = load(readFileSync(join(CHART, "Chart.yaml"), "utf8")) as { appVersion: string };
    assert.equal(chart.appVersion, version());
  });

  it("show in the notes how to reach, scale and remove it", () => {
    const usual = notes();
    for (const words of [
      "kubectl -n web wait --for=condition=Ready gcc/visits --timeout=3m",
      "kubectl -n web port-forward service/visits 4000:80",
      "kubectl -n web scale gcc/visits --replicas=10",
      "helm -n web test visits",
      "--set-json 'counter.monitoring.dashboard={}'",
      "kubectl -n web delete pvc -l app.kubernetes.io/instance=visits,app.kubernetes.io/component=etcd",
      "kubectl delete crd counterclusters.globalcluster.dev",
    ]) {
      assert.ok(usual.includes(words), words);
    }
    assert.match(notes({ counter: { replicas: 3 } }), /helm -n web upgrade .* --set counter.replicas=10/);
    assert.match(notes({ counter: { service: { type: "LoadBalancer" } } }), /kubectl -n web get service visits/);
    assert.match(usual, /Counters of other releases keep running without their operator/);
    assert.doesNotMatch(notes({ operator: { enabled: false } }), /Counters of other releases/);
    assert.match(notes({ autoscaling: { enabled: true } }), /kubectl -n web get hpa visits/);
    assert.match(
      notes({ operator: { namespaces: ["*"], class: "big" } }),
      /serves all namespaces.*\n.*operator\.enabled=false --set operator\.class=big\n/,
    );
    assert.match(
      notes({ counter: { enabled: false } }),
      /^\n?The operator visits-global-cluster-operator serves .*: web/,
    );
  });

  function notes(values: Values = {}): string {
    return (
      helm(["install", RELEASE.name, CHART, "--namespace", "web", "--dry-run=client"], values).split("NOTES:")[1] ?? ""
    );
  }

  function refusalOf(values: Values): string {
    try {
      render(values);
    } catch (error) {
      return error instanceof Error ? error.message : "";
    }
    return assert.fail("helm took them");
  }
});

/** Every section, with nothing in it. Helm takes a null for "not there". */
function withoutLeaves(values: Values): Values {
  const isSection = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  const entries = Object.entries(values);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, isSection(value) ? withoutLeaves(value as Values) : null]),
  );
}

type Names = { readonly [name: string]: Names };

/** The names of all fields, as far as a schema says them. */
function namesIn(schema: Referring, definitions: Readonly<Record<string, Referring>> = {}): Names {
  const { properties = {} } = schema.$ref ? (definitions[schema.$ref.replace("#/definitions/", "")] ?? {}) : schema;
  const sorted = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([name, part]) => [name, namesIn(part, definitions)]));
}

interface Referring {
  readonly properties?: Readonly<Record<string, Referring | Schema>>;
  readonly $ref?: string;
}
