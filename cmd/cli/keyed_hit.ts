import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { printError } from "./output.ts";
import { ask, type Endpoint, ServerError } from "./server.ts";

/** The same request is sent again for this long. The cluster keeps keys for longer, unless it is set to less. */
const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

const PROBLEM = "urn:global-cluster:problem:";
/** Refusals that a moment can change. */
const MAY_PASS: ReadonlySet<string> = new Set(
  ["not-committed", "store-away", "too-many-waiting", "draining", "halted", "journal", "our-fault"].map(
    (kind) => PROBLEM + kind,
  ),
);

/** A UUID of version 7 (RFC 9562, section 5.7), of now. */
export function newKey(): string {
  const time = Date.now().toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/**
 * Counts hits with a key, and sends the same request again while nobody says what became of it. Resolves to the response's text; null: the
 * cluster does not take keys yet. `mayBeCounted` is called when an attempt may have counted, whatever later ones are answered. Throws ServerError.
 */
export async function countOnce(
  endpoint: Endpoint,
  path: string,
  options: RequestInit,
  key: string,
  mayBeCounted: () => void,
): Promise<string | null> {
  const headers = { ...options.headers, "idempotency-key": key };
  const until = performance.now() + RETRY_FOR_MS;
  for (let pause = FIRST_PAUSE_MS, isFirst = true; ; pause = Math.min(LONGEST_PAUSE_MS, 2 * pause), isFirst = false) {
    try {
      return await ask(endpoint, path, { ...options, headers });
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      if (error.isUnknown && error.temporary && !error.unsent) mayBeCounted();
      if (error.type === `${PROBLEM}upgrading` && isFirst) return null;
      if (!mayRepeat(error, isFirst) || performance.now() > until) throw error;
      if (isFirst) printError(`${error.message.replace(/\.$/, "")}; trying again with the same key...`);
    }
    await sleep(pause);
  }
}

/** An address that cannot be reached at first is more likely a mistake than a failure. */
function mayRepeat({ type, body, unsent, temporary, counted }: ServerError, isFirst: boolean): boolean {
  if (counted) return false;
  if (type !== null) return MAY_PASS.has(type);
  if (body !== null) return temporary;
  return !(unsent && isFirst);
}
