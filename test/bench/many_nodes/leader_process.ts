import { openEtcd } from "../../../internal/adapters/etcd/open_etcd.ts";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import type { Discovery, Member } from "../../../internal/ports/discovery.ts";
import type { Logger } from "../../../internal/ports/logger.ts";
import type { RoundStage } from "../../../internal/ports/meter.ts";
import type { LeaderStream, LeaderStreamEvents, NodeMessage, Peers } from "../../../internal/ports/peers.ts";
import type { Store } from "../../../internal/ports/store.ts";
import { Node } from "../../../internal/services/node/node.ts";
import { securityIn } from "./peer_certificates.ts";

export interface LeaderOrder {
  readonly etcd: string;
  readonly members: readonly Member[];
  /** Folder of its certificates; null: without TLS. */
  readonly certificates: string | null;
}

/** After every round. */
export interface LeaderNews {
  /** Transactions so far, and bytes of keys and values that they put. */
  readonly rounds: number;
  readonly bytes: number;
  /** Seconds that this process has run. */
  readonly cpu: number;
  /** Milliseconds from the first stream to the first message of the last node; null until then. */
  readonly greetedMs: number | null;
  /** Seconds that each stage has taken, waiting included. */
  readonly stages: Readonly<Record<RoundStage, number>>;
}

interface Written {
  rounds: number;
  bytes: number;
}

const HOUR = 3_600_000;
const PLENTY = 1 << 20;
const silent: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: (event, fields) => console.error(event, fields),
};

process.once("message", (order) => lead(order as LeaderOrder));

/** A node as `cmd/node_process.ts` wires it, without pages of its own: the rounds are all that its process does. */
function lead({ etcd, members, certificates }: LeaderOrder): void {
  const stages = { collect: 0, commit: 0, publish: 0 };
  const written: Written = { rounds: 0, bytes: 0 };
  const greetings = new Greetings(members.length);
  const opened = openEtcd({ endpoints: [etcd], clock, logger: silent });
  const node = new Node({
    self: { id: random.id(), name: "leader", region: "local", peerAddress: "127.0.0.1:1", url: "http://127.0.0.1:1" },
    ...{ clock, random, logger: silent, directory: null, discovery: discoveryOf(members) },
    recordedLedger: () => null,
    store: observed(opened.store, written),
    election: opened.election,
    peers: greetings.watch(createPeers({ clock, security: securityIn(certificates), connectTimeoutMs: 20_000 })),
    meter: {
      round: () => {},
      refusedBatch() {},
      copiedLog() {},
      adjusted() {},
      droppedDay() {},
      storeUsed() {},
      stage: (stage, seconds) => {
        stages[stage] += seconds;
        if (stage === "publish")
          tell({ ...written, cpu: cpuSeconds(), greetedMs: greetings.tookMs, stages: { ...stages } });
      },
    },
    settings: {
      leader: {
        ...{
          interval: 1_000,
          writeBudget: PLENTY,
          importBudget: PLENTY,
          limits: { counters: 10_000, bytes: PLENTY, reserved: new Set<string>() },
        },
        keys: { window: 900_000, budget: 1_000_000 },
        marks: { budget: 1_000_000 },
        retention: { silence: HOUR, afterEnd: HOUR, ended: 4_096 },
        conversionDelay: 0,
      },
      drain: { delay: 0, timeout: 1_000 },
      allowed: null,
    },
  });
  node.open();
  node.join();
}

/** How long it takes until every node has said hello. */
class Greetings {
  readonly #nodes: number;
  readonly #heard = new Set<string>();
  #began: number | null = null;
  tookMs: number | null = null;

  constructor(nodes: number) {
    this.#nodes = nodes;
  }

  watch(peers: Peers): Peers {
    return { ...peers, connect: (address, events) => this.#connect(peers, address, events) };
  }

  #connect(peers: Peers, address: string, events: LeaderStreamEvents): LeaderStream {
    this.#began ??= performance.now();
    const message = (received: NodeMessage) => {
      this.#heard.add(address);
      if (this.#heard.size === this.#nodes) this.tookMs ??= performance.now() - (this.#began ?? 0);
      events.message(received);
    };
    return peers.connect(address, { message, closed: (reason) => events.closed(reason) });
  }
}

function discoveryOf(members: readonly Member[]): Discovery {
  return { register: () => {}, withdraw: async () => {}, members: async () => members, rest: () => {} };
}

function observed(store: Store, written: Written): Store {
  return {
    readHead: () => store.readHead(),
    scan: (range, maxBytes) => store.scan(range, maxBytes),
    overwrite: (revision, writes) => store.overwrite(revision, writes),
    usedShare: () => store.usedShare(),
    close: () => store.close(),
    async commit(holder, revision, writes) {
      const outcome = await store.commit(holder, revision, writes);
      if (outcome.kind !== "committed") return outcome;
      written.rounds++;
      for (const [key, value] of writes.puts) written.bytes += key.length + (value?.length ?? 0);
      return outcome;
    },
  };
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function tell(news: LeaderNews): void {
  process.send?.(news);
}
