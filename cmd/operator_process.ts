import { readFileSync } from "node:fs";
import { createCounterPages } from "../internal/adapters/counter_http/counter_pages.ts";
import { serveOperator } from "../internal/adapters/http/operator_server.ts";
import { connectKubernetes } from "../internal/adapters/kubernetes/connect.ts";
import { createOperatorMetrics } from "../internal/adapters/prometheus/operator_metrics.ts";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../internal/adapters/system/system_random.ts";
import { KubernetesError } from "../internal/ports/kubernetes.ts";
import type { OperatorMeter } from "../internal/ports/operator_meter.ts";
import { Operator } from "../internal/services/operator/operator.ts";
import { EXIT_SETTINGS, settingsFromProcess, version } from "./settings/from_process.ts";
import { operatorCommand } from "./settings/operator_settings.ts";
import { onStopSignals } from "./stop_signals.ts";

/** Where Kubernetes tells a pod its namespace. */
const OWN_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
/** Requests in flight have this long at the end, in milliseconds. */
const FAREWELL = 1_000;
const EXIT_INTERRUPTED = 130;

const settings = settingsFromProcess(operatorCommand(ownNamespace()));
const logger = createLog({ format: settings.log, name: "operator" });
await start().catch(explain);

async function start(): Promise<void> {
  const { kubeconfig, namespaces, image, port } = settings;
  const api = await connectKubernetes({ clock, random, logger, version: version(), kubeconfig });
  const pages = createCounterPages();
  let meter: OperatorMeter | undefined;
  const operator = new Operator({
    ...{ api, pages, clock, random, logger, namespaces, class: settings.class, surroundings: { image } },
    meter: { reconciled: (outcome, seconds) => meter?.reconciled(outcome, seconds) },
  });
  const metrics = createOperatorMetrics({ statistics: () => operator.statistics(), version: version() });
  meter = metrics;
  const server = await serveOperator(
    { alive: () => operator.alive(), ready: () => operator.ready(), metrics, logger },
    { host: settings.host, port },
  );
  logger.info("serves health and metrics", { address: server.address });
  operator.start();
  logger.info("operates", { namespaces: namespaces?.join() ?? "all", class: settings.class, image });
  const stop = async () => {
    logger.info("ends; what it made goes on");
    await operator.stop();
    pages.close();
    await server.close(FAREWELL);
    process.exit(0);
  };
  onStopSignals({ stop: () => void stop(), endNow: () => process.exit(EXIT_INTERRUPTED) });
}

/** Null outside of Kubernetes. */
function ownNamespace(): string | null {
  try {
    return readFileSync(OWN_NAMESPACE, "utf8").trim();
  } catch {
    return null;
  }
}

/** A start that cannot succeed says why, and which setting is concerned. */
function explain(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`Not started: ${error.message}${hint(error)}\n`);
  process.exit(EXIT_SETTINGS);
}

function hint(error: Error): string {
  if (error instanceof KubernetesError) return " (setting --kubeconfig)";
  if (error.message.startsWith("Cannot listen")) return " (settings --host, --port)";
  return `\n${error.stack}`;
}
