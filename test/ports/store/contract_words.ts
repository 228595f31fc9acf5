import assert from "node:assert/strict";
import type { LeaderIdentity, Lease } from "../../../internal/ports/election.ts";
import type { KeyHolder, LeaderKey, Writes } from "../../../internal/ports/store.ts";
import { everythingIn } from "./everything_in.ts";
import type { OpenStore } from "./store_backends.ts";

export const ANNE: LeaderIdentity = { nodeId: "anne", address: "10.0.0.1:5000" };
export const BERT: LeaderIdentity = { nodeId: "bert", address: "10.0.0.2:5000" };

export const bytes = (text: string) => Buffer.from(text);
export const puts = (...entries: readonly (readonly [name: string, value: Uint8Array | null])[]): Writes => ({
  puts: new Map(entries),
});
export const head = (text: string) => puts(["head", bytes(text)]);

export async function headOf({ store }: OpenStore): Promise<string> {
  return Buffer.from((await everythingIn(store)).entries.get("head") ?? []).toString();
}

export async function elected({ election }: OpenStore, candidate: LeaderIdentity): Promise<Lease> {
  const lease = await election.campaign(candidate);
  assert.ok(lease, `${candidate.nodeId} should have won`);
  return lease;
}

export async function committed(
  { store }: OpenStore,
  holder: KeyHolder,
  revision: number,
  text: string,
): Promise<number> {
  const outcome = await store.commit(holder, revision, head(text));
  assert.equal(outcome.kind, "committed");
  return outcome.headRevision;
}

/** The leader key, which must be of this epoch and candidate. */
export async function keyOf({ election }: OpenStore, epoch: number, candidate: LeaderIdentity): Promise<LeaderKey> {
  const key = await election.leader();
  assert.ok(key);
  const { lease: _, nonce: __, ...said } = key;
  assert.deepEqual(said, { epoch, ...candidate });
  return key;
}

/** Keeps `lease` until the returned function is called. */
export function keep(lease: Lease): () => void {
  const timer = setInterval(() => void lease.renew(), lease.ttl / 4);
  return () => clearInterval(timer);
}
