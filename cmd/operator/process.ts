import { readFileSync } from "node:fs";
import { createCounterPages } from "../../internal/adapters/counter_http/counter_pages.ts";
import { ListenError } from "../../internal/adapters/http/connections/listening.ts";
import { serveOperator } from "../../internal/adapters/http/operator_server.ts";
import { reachability } from "../../internal/adapters/http/reachability.ts";
import { connectKubernetes } from "../../internal/adapters/kubernetes/connect.ts";
import { createOperatorMetrics } from "../../internal/adapters/prometheus/operator_metrics.ts";
import { createLog } from "../../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../internal/adapters/system/system_random.ts";
import { certificateMaker } from "../../internal/adapters/x509/certificate_maker.ts";
import { KubernetesError } from "../../internal/ports/kubernetes.ts";
import type { OperatorMeter } from "../../internal/ports/operator_meter.ts";
import { Operator } from "../../internal/services/operator/operator.ts";
import { EXIT_INTERRUPTED, onStopSignals } from "../process/stop_signals.ts";
import { operatorCommand } from "../settings/operator_settings.ts";
import { EXIT_SETTINGS, settingsFromProcess, version } from "../settings/read/from_process.ts";

/** Kubernetes writes a pod's namespace to this file. */
const OWN_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
/** Time for the last requests. */
const CLOSE_TIMEOUT_MS = 1_000;

const settings = settingsFromProcess(operatorCommand(ownNamespace()));
const logger = createLog({ format: settings.log, level: settings.logLevel, name: "operator" });
await start().catch(exitUnstarted);

async function start(): Promise<void> {
  const { kubeconfig, namespaces, image, lives, port } = settings;
  const api = await connectKubernetes(kubeconfig, { clock, random, logger, version: version() });
  const pages = createCounterPages();
  let meter: OperatorMeter | undefined;
  const operator = new Operator({
    ...{
      api,
      pages,
      clock,
      random,
      logger,
      namespaces,
      class: settings.class,
      defaults: { image, namespace: ownNamespace(), lives },
    },
    ...{ certificateMaker, reachability },
    meter: {
      reconciled: (outcome, seconds) => meter?.reconciled(outcome, seconds),
      lost: (hits) => meter?.lost(hits),
    },
  });
  const metrics = createOperatorMetrics({ statistics: () => operator.statistics(), version: version() });
  meter = metrics;
  const server = await serveOperator(
    { alive: () => operator.alive(), ready: () => operator.ready(), metrics, logger },
    { host: settings.host, port },
  );
  logger.info("serving health and metrics", { address: server.address });
  operator.start();
  logger.info("operator started", { namespaces: namespaces?.join() ?? "all", class: settings.class, image });
  const stop = async () => {
    logger.info("operator stopping; its objects keep running");
    await operator.stop();
    pages.close();
    await server.close(CLOSE_TIMEOUT_MS);
    process.exit(0);
  };
  onStopSignals({ stop: () => void stop(), endNow: () => process.exit(EXIT_INTERRUPTED) });
}

/** The namespace of this process's pod. Null outside of Kubernetes. */
function ownNamespace(): string | null {
  try {
    return readFileSync(OWN_NAMESPACE, "utf8").trim();
  } catch {
    return null;
  }
}

/** Ends the process with EXIT_SETTINGS, after the reason and the setting that may help. */
function exitUnstarted(error: unknown): never {
  if (!(error instanceof Error)) throw error;
  process.stderr.write(`Not started: ${error.message}${hint(error)}\n`);
  process.exit(EXIT_SETTINGS);
}

function hint(error: Error): string {
  if (error instanceof KubernetesError) return " (setting --kubeconfig)";
  if (error instanceof ListenError) return " (settings --host, --port)";
  return `\n${error.stack}`;
}
