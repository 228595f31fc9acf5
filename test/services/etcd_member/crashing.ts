import assert from "node:assert/strict";
import { EtcdVolume } from "../../../internal/adapters/disk/etcd_volume.ts";
import { EtcdMemberCalls } from "../../../internal/adapters/etcd/etcd_member_calls.ts";
import { PeerPortGathering } from "../../../internal/adapters/etcd/peer_port_gathering.ts";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import { Preparation } from "../../../internal/services/etcd_member/preparation.ts";
import type { TestMember } from "./etcd_members.ts";

/** What a preparation changes, wherever. */
type Change = "note" | "setAside" | "clear" | "remove" | "add";

class Crash extends Error {}

/** Prepares `member` in this process, up to the first such change and no further. Throws if it never comes to it. */
export async function crashAfter(member: TestMember, change: Change): Promise<void> {
  await assert.rejects(prepareUpTo(member, change), Crash, `crashed after ${change}`);
}

/** Prepares `member` in this process, without starting it. */
export async function prepareAgain(member: TestMember): Promise<void> {
  assert.notEqual((await prepareUpTo(member, null)).kind, "refused");
}

function prepareUpTo(member: TestMember, change: Change | null) {
  const { membership } = member;
  const { hostname, port } = new URL(membership.me.peerUrl);
  const logger = createLog({ format: "text", name: member.name, write: () => {} });
  const parts = { membership, gathering: new PeerPortGathering(hostname, Number(port)), clock, random, logger };
  const volume = ending(new EtcdVolume(member.volume), change);
  return new Preparation({ ...parts, volume, members: ending(new EtcdMemberCalls(clock), change) }).run();
}

/** `target`, but what called it ends as soon as it has done `last`. */
function ending<T extends object>(target: T, last: Change | null): T {
  return new Proxy(target, {
    get(_, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== "function") return value;
      return key === last ? (...args: unknown[]) => crashed(value.apply(target, args)) : value.bind(target);
    },
  });
}

function crashed(result: unknown): unknown {
  if (result instanceof Promise) return result.then(() => crashed(null));
  throw new Crash();
}
