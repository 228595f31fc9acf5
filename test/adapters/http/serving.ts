import { capacityFor } from "../../../internal/adapters/http/connections/capacity.ts";
import { createHttpServer, type HttpServerDeps, type NodeListening } from "../../../internal/adapters/http/server.ts";
import { createMetrics } from "../../../internal/adapters/prometheus/metrics.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import { MemoryCounting } from "./memory_counting.ts";

/** The interface on a port of its own, in front of a counting that the test holds in its hands. */
export interface Serving extends NodeListening {
  readonly counting: MemoryCounting;
  readonly url: string;
  /** What the server logged, as text. */
  readonly logged: readonly string[];
}

type Changes = Partial<
  Pick<
    HttpServerDeps,
    | "limits"
    | "capacity"
    | "adminElsewhere"
    | "adminPage"
    | "adjusting"
    | "commitDeadline"
    | "maxCommitWaits"
    | "connectionBounds"
    | "maxUnsentBytes"
    | "metrics"
    | "clock"
    | "allowedOrigins"
    | "allowedHosts"
    | "url"
    | "access"
  >
>;

export async function serve(changes: Changes = {}): Promise<Serving> {
  const counting = new MemoryCounting();
  const logged: string[] = [];
  const note = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields ?? {})}`);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  const metrics = createMetrics({ counting, version: "1.2.3", region: "eu-west" });
  // Not this machine's, whose limits would be in what tests see logged.
  const capacity = capacityFor({ openFiles: null, memory: null });
  const server = createHttpServer({ counting, metrics, logger, clock: systemClock, capacity, ...changes });
  const listening = await server.listen({ host: "127.0.0.1", port: 0 });
  return { ...listening, counting, logged, url: `http://${listening.address}` };
}
