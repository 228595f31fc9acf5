import assert from "node:assert/strict";
import { type EtcdOptions, type OpenEtcd, openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { StoreError, type StoreErrorKind } from "../../../internal/ports/store.ts";
import { silentLog } from "../../ports/store/store_backends.ts";

/** Milliseconds of one call in these tests: short, because many of them wait for it to run out. Also a slow machine answers in that. */
export const CALL_MS = 2_000;
/** Of a lease, in tests that wait for its end. etcd grants no less. */
export const SHORT_LEASE_MS = 2_000;
/** In all others: it lasts through calls that run out. */
const LEASE_MS = 60_000;

/** Clients of etcd that are closed together. */
export class EtcdHandles {
  readonly #open: OpenEtcd[] = [];

  open(endpoints: readonly string[], more: Partial<EtcdOptions> = {}): OpenEtcd {
    const settings = { callTimeoutMs: CALL_MS, ttlMs: LEASE_MS, clock: systemClock, logger: silentLog };
    const handle = openEtcd({ ...settings, endpoints, ...more });
    this.#open.push(handle);
    return handle;
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((handle) => handle.close()));
  }
}

/** For assert.rejects: a StoreError of one of `kinds` whose message has `words`. */
export function failsAs(kinds: StoreErrorKind | readonly StoreErrorKind[], words = /./) {
  return (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.ok([kinds].flat().includes(error.kind), `${error.kind}: ${error.message}`);
    assert.match(error.message, words);
    return true;
  };
}

/** Runs `work`, which has to end within `ms`. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const start = performance.now();
  try {
    return await work;
  } finally {
    const took = performance.now() - start;
    assert.ok(took < ms, `took ${took} ms, not ${ms}`);
  }
}
