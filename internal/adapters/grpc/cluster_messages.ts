import type { ClusterChange, NodeRow, NodeState, StoreState } from "../../core/cluster/cluster_view.ts";
import { isMemberField } from "../../core/cluster/member_fields.ts";
import { id, Malformed, present, refuse, time, whole } from "./checks.ts";
import { fromMember, type MemberMessage, toMember } from "./member_messages.ts";
import { codec } from "./wire.ts";

interface ClusterChangeMessage extends Omit<ClusterChange, "store" | "nodes"> {
  readonly store: number;
  readonly nodes: readonly NodeRowMessage[];
}

interface NodeRowMessage {
  readonly member: MemberMessage | null;
  readonly state: number;
  readonly hits: number;
  readonly committed: number;
  readonly pending: number;
  readonly active: number;
  readonly heardAt?: number | null;
  readonly durable: boolean;
}

/** In the order of the enums in the proto file, where 0 is "unspecified". */
const STORE_STATES: readonly (StoreState | null)[] = [
  null,
  "ok",
  "away",
  "locked",
  "full",
  "founding",
  "lost",
  "corrupt",
];
const NODE_STATES: readonly (NodeState | null)[] = [
  null,
  "counting",
  "draining",
  "unreachable",
  "foreign",
  "lagging",
  "refusing",
];

const clusterChange = codec<ClusterChangeMessage>("ClusterChange", { longs: "numbers" });

export function encodeClusterChange(change: ClusterChange): Buffer {
  return clusterChange.encode({
    ...change,
    store: STORE_STATES.indexOf(change.store),
    nodes: change.nodes.map(fromRow),
  });
}

/** Throws Malformed. */
export function decodeClusterChange(bytes: Uint8Array): ClusterChange {
  const { leader, epoch, store, storeDetail, asOf, interval, active, full, nodes, left } = clusterChange.decode(bytes);
  return {
    leader: id(leader, "leader"),
    epoch: whole(epoch, "epoch"),
    store: STORE_STATES[store] ?? refuse("store state", store, "a known one"),
    storeDetail,
    asOf: time(asOf, "as of"),
    interval: time(interval, "interval"),
    active: whole(active, "active"),
    full,
    nodes: nodes.flatMap(toRowOrNone),
    left: left.filter((node) => isMemberField("id", node)),
  };
}

function fromRow(row: NodeRow): NodeRowMessage {
  const { state, ...numbers } = row;
  return { member: fromMember(row), state: NODE_STATES.indexOf(state), ...numbers };
}

/** One row that is not understood is left out alone: a snapshot that each node refuses for it would stop the cluster. */
function toRowOrNone(message: NodeRowMessage): NodeRow[] {
  try {
    return [toRow(message)];
  } catch (error) {
    if (error instanceof Malformed) return [];
    throw error;
  }
}

function toRow(message: NodeRowMessage): NodeRow {
  const { state, heardAt = null } = message;
  return {
    ...toMember(present(message.member, "member")),
    state: NODE_STATES[state] ?? refuse("node state", state, "a known one"),
    hits: whole(message.hits, "hits"),
    committed: whole(message.committed, "committed"),
    pending: whole(message.pending, "pending"),
    active: whole(message.active, "active"),
    heardAt: heardAt === null ? null : time(heardAt, "heard at"),
    durable: message.durable,
  };
}
