import { writeFileSync } from "node:fs";
import type { Logger } from "../../internal/ports/logger.ts";
import type { DrainReport } from "../../internal/services/node/drain.ts";

/** Writes the report as JSON. An error is only logged, because the node must end in any case. */
export function writeDrainReport(file: string, { handedOver, left }: DrainReport, logger: Logger): void {
  try {
    writeFileSync(file, JSON.stringify({ handedOver, left }));
  } catch (error) {
    logger.warn("cannot write the drain report", { file, error: String(error) });
  }
}
