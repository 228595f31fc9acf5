import type { IMember, IMemberAddResponse, IMemberListResponse } from "etcd3";
import type { Cluster, ClusterMember, MemberAddress } from "../../core/etcd_member/member.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EtcdMembers } from "../../ports/etcd_member.ts";
import { CallFailure, Code, callText, toStoreError } from "./call_failure.ts";
import { EtcdClient } from "./etcd_client.ts";
import { probe, type TlsSettings } from "./probe.ts";

/** More than a running member needs, even on a busy machine. */
const CONNECT_TIMEOUT_MS = 1_000;
/** A member that has just lost its quorum keeps a query until its deadline. */
const QUERY_TIMEOUT_MS = 2_000;
const CHANGE_TIMEOUT_MS = 5_000;
/** gRPC's status code NOT_FOUND: there is no such member. */
const NOT_FOUND = 5;

/** etcd's cluster API. Each call has its own connection to the named member. */
export class EtcdMemberCalls implements EtcdMembers {
  readonly #clock: Clock;
  readonly #tls: () => TlsSettings | null;

  /** `tls`: the present certificates, for members whose address begins with `https`. */
  constructor(clock: Clock, tls: (() => TlsSettings) | null = null) {
    this.#clock = clock;
    this.#tls = tls ?? (() => null);
  }

  async cluster(through: MemberAddress): Promise<Cluster> {
    // Linearizable: a member that is cut off, or follows an old leader, does not reply.
    const question = { method: "memberList", request: { linearizable: true }, timeoutMs: QUERY_TIMEOUT_MS };
    const response = await this.#call<IMemberListResponse>(through, question, false);
    return { id: response.header.cluster_id, members: response.members.map(memberFrom) };
  }

  async remove(through: MemberAddress, id: string): Promise<void> {
    const change = { method: "memberRemove", request: { ID: id }, timeoutMs: CHANGE_TIMEOUT_MS };
    await this.#call(through, change, true).catch((error) => {
      if (!isNotFound(error)) throw error;
    });
  }

  async add(through: MemberAddress, peerUrl: string): Promise<readonly ClusterMember[]> {
    const change = { method: "memberAdd", request: { peerURLs: [peerUrl] }, timeoutMs: CHANGE_TIMEOUT_MS };
    const response = await this.#call<IMemberAddResponse>(through, change, true);
    return response.members.map(memberFrom);
  }

  async readdress(through: MemberAddress, id: string, peerUrl: string): Promise<void> {
    const request = { ID: id, peerURLs: [peerUrl] };
    await this.#call(through, { method: "memberUpdate", request, timeoutMs: CHANGE_TIMEOUT_MS }, true);
  }

  async #call<Response>(through: MemberAddress, call: MemberCall, mayApply: boolean): Promise<Response> {
    const { host: endpoint, protocol } = new URL(through.clientUrl);
    const tls = protocol === "https:" ? this.#tls() : null;
    try {
      await probe(endpoint, tls, CONNECT_TIMEOUT_MS, this.#clock);
      return await send<Response>(endpoint, tls, call);
    } catch (error) {
      throw toStoreError(`${call.method} through ${through.name}`, error, mayApply);
    }
  }
}

interface MemberCall {
  readonly method: string;
  readonly request: object;
  readonly timeoutMs: number;
}

async function send<Response>(
  endpoint: string,
  tls: TlsSettings | null,
  { method, request, timeoutMs }: MemberCall,
): Promise<Response> {
  const client = new EtcdClient(endpoint, tls);
  try {
    if (!(await client.connect(CONNECT_TIMEOUT_MS))) {
      throw new CallFailure(`${endpoint}: no gRPC within ${CONNECT_TIMEOUT_MS} ms`, Code.unavailable, false);
    }
    const reply = await client.send<Response>("Cluster", method, request, null, timeoutMs);
    if ("response" in reply) return reply.response;
    throw new CallFailure(`${endpoint}: ${callText(reply.details)}`, reply.code, reply.sent);
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
