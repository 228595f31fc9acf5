import { connectKubernetes } from "../internal/adapters/kubernetes/connect.ts";
import { createLog } from "../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../internal/adapters/system/system_random.ts";
import { KubernetesError } from "../internal/ports/kubernetes.ts";
import { DefinitionNotReady, updateDefinition } from "../internal/services/definition/definition_update.ts";
import { exitOnStopSignals } from "./process/stop_signals.ts";
import { definitionCommand } from "./settings/definition_settings.ts";
import { settingsFromProcess, version } from "./settings/read/from_process.ts";

const { file: definition, kubeconfig, timeout } = settingsFromProcess(definitionCommand);
const logger = createLog({ format: "text", name: "definition" });

exitOnStopSignals(1);

try {
  const api = await connectKubernetes(kubeconfig, { clock, random, logger, version: version() });
  await updateDefinition(definition, { api, clock, logger, timeout });
  process.exit(0);
} catch (error) {
  if (!(error instanceof KubernetesError) && !(error instanceof DefinitionNotReady)) throw error;
  logger.error("cannot apply the definition", { name: definition.metadata.name, error: error.message });
  process.exit(1);
}
