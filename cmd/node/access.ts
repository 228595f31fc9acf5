import { resolve } from "node:path";
import type { AccessOptions } from "../../internal/adapters/http/access/gate.ts";
import { TokenFile } from "../../internal/adapters/tokens/token_file.ts";
import { reservedCounters } from "../../internal/core/access/policy.ts";
import type { AccessMeter } from "../../internal/ports/access.ts";
import type { Clock } from "../../internal/ports/clock.ts";
import type { Logger } from "../../internal/ports/logger.ts";
import type { NodeSettings } from "../settings/node_settings.ts";
import { DEFAULT_TOKENS } from "../settings/tokens.ts";

interface AccessDeps {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly meter: AccessMeter;
}

/** What the settings say about access. Follows the file of tokens. Throws TokenFileError. */
export function accessOf(settings: NodeSettings, deps: AccessDeps): Partial<AccessOptions> {
  const { tokens, anonymous, maxBy, create, trustedProxies, pods, name } = settings;
  const pod = pods && { namespace: pods.namespace, name };
  return {
    policy: { anonymous, maxBy, create },
    tokens:
      tokens === null
        ? new TokenFile(resolve(DEFAULT_TOKENS), deps, { optional: true })
        : new TokenFile(tokens, deps, { pod }),
    trustedProxies: trustedProxies ?? [],
    reserved: reservedCounters(settings.counters, create),
    meter: deps.meter,
  };
}
