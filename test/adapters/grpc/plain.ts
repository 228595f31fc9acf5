import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { silentLog } from "../../ports/store/store_backends.ts";

/** A peer server without TLS and without a log. */
export const PLAIN = { security: null, clock: systemClock, logger: silentLog } as const;
