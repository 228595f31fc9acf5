import { kubectl } from "./kubectl.ts";
import { endLoadPod, startLoadPod } from "./load.ts";
import { tellFigures } from "./measured.ts";
import { allRemoved } from "./release.ts";

/** Mocha's root hooks (`--require`): one pod sends the hits of all suites, and in the end everything is removed. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(600_000);
    await startLoadPod();
  },
  async afterEach(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    if (this.currentTest?.state === "failed") await tellWhatThereIs();
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(900_000);
    tellFigures();
    await endLoadPod();
    await allRemoved();
  },
};

/** Prints what a person would look at first. It is gone after the run. */
async function tellWhatThereIs(): Promise<void> {
  const counters = "app.kubernetes.io/instance=visits,app.kubernetes.io/name";
  for (const look of [
    ["get", "gcc,deployments,statefulsets,pods,pvc", "-A", "-o", "wide"],
    ["get", "gcc", "-A", "-o", "jsonpath={range .items[*]}{.metadata.namespace} {.status}{'\\n'}{end}"],
    ["get", "events", "-A", "--field-selector", "involvedObject.kind=CounterCluster"],
    ...(await releases()).map((namespace) => [
      "-n",
      namespace,
      "logs",
      "-l",
      counters,
      "--prefix",
      "--tail=30",
      "--all-containers",
    ]),
  ])
    console.log(`$ kubectl ${look.join(" ")}\n${await kubectl(...look).catch(String)}`);
}

async function releases(): Promise<string[]> {
  const namespaces = await kubectl("get", "gcc", "-A", "-o", "jsonpath={.items[*].metadata.namespace}").catch(() => "");
  return namespaces.split(" ").filter((namespace) => namespace.startsWith("global-cluster-e2e"));
}
