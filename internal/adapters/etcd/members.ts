import type { IMember, IMemberAddResponse, IMemberListResponse } from "etcd3";
import type { Cluster, ClusterMember, MemberAddress } from "../../core/operator/etcd_member.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EtcdMembers } from "../../ports/etcd_member.ts";
import { CallFailure, Code, toStoreError } from "./call_failure.ts";
import { EtcdClient } from "./etcd_client.ts";
import { probe } from "./probe.ts";

/** Longer than a member that runs needs, also on a busy machine. */
const CONNECT_MS = 1_000;
const CALL_MS = 5_000;
/** gRPC's: there is no such member. */
const NOT_FOUND = 5;

/** etcd's cluster API, each call over a connection of its own to the member that is named. */
export class EtcdMemberCalls implements EtcdMembers {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async cluster(through: MemberAddress): Promise<Cluster> {
    // Linearizable: a member that was cut off, or hears a stale leader, does not answer.
    const response = await this.#call<IMemberListResponse>(through, "memberList", { linearizable: true }, false);
    return { id: response.header.cluster_id, members: response.members.map(memberFrom) };
  }

  async remove(through: MemberAddress, id: string): Promise<void> {
    await this.#call(through, "memberRemove", { ID: id }, true).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
  }

  async add(through: MemberAddress, peerUrl: string): Promise<readonly ClusterMember[]> {
    const response = await this.#call<IMemberAddResponse>(through, "memberAdd", { peerURLs: [peerUrl] }, true);
    return response.members.map(memberFrom);
  }

  async #call<Response>(through: MemberAddress, method: string, request: object, mayApply: boolean): Promise<Response> {
    const endpoint = new URL(through.clientUrl).host;
    try {
      await probe(endpoint, null, CONNECT_MS, this.#clock);
      return await send<Response>(endpoint, method, request);
    } catch (error) {
      throw toStoreError(`${method} through ${through.name}`, error, mayApply);
    }
  }
}

async function send<Response>(endpoint: string, method: string, request: object): Promise<Response> {
  const client = new EtcdClient(endpoint, null);
  try {
    if (!(await client.connect(CONNECT_MS))) {
      throw new CallFailure(`${endpoint}: no gRPC within ${CONNECT_MS} ms`, Code.unavailable, false);
    }
    const reply = await client.send<Response>("Cluster", method, request, null, CALL_MS);
    if ("response" in reply) return reply.response;
    throw new CallFailure(`${endpoint}: ${reply.details}`, reply.code, reply.sent);
  } finally {
    client.close();
  }
}

function memberFrom({ ID, name, peerURLs }: IMember): ClusterMember {
  return { id: ID, name, peerUrls: peerURLs };
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof CallFailure && error.cause.code === NOT_FOUND;
}
