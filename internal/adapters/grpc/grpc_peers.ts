import type { Clock } from "../../ports/clock.ts";
import { type LeaderStream, type LeaderStreamEvents, PeerError, type Peers } from "../../ports/peers.ts";
import {
  announceReply,
  announceRequest,
  handoffReply,
  handoffRequest,
  hearsReply,
  hearsRequest,
  statusReply,
  statusRequest,
} from "./call_messages.ts";
import { peerAddress } from "./checks.ts";
import { GrpcLeaderStream } from "./leader_stream.ts";
import { presenceAt } from "./presence.ts";
import { callPeer } from "./unary_calls.ts";

export interface PeersOptions {
  readonly clock: Clock;
  /** How long a node may take to answer a new stream, in milliseconds: 3,000 unless given. */
  readonly connectTimeoutMs?: number;
}

const ANNOUNCE = { name: "Knock", request: announceRequest, reply: announceReply } as const;
const GET_STATUS = { name: "Greet", request: statusRequest, reply: statusReply } as const;
const HEARS = { name: "Hears", request: hearsRequest, reply: hearsReply } as const;
const HAND_OFF = { name: "HandOver", request: handoffRequest, reply: handoffReply } as const;

/** Reaches other nodes over gRPC. Each stream and each call has its own connection. */
export function createPeers({ clock, connectTimeoutMs = 3_000 }: PeersOptions): Peers {
  return {
    connect: (address, events) => connect({ address, clock, connectTimeoutMs, events }),
    async announce(address, self, leader) {
      const { leads } = await callPeer(address, ANNOUNCE, { member: self, leader });
      if (!leads) throw new PeerError(`${address} does not lead`);
    },
    reach: (address) => presenceAt(address, (at) => callPeer(at, GET_STATUS, {})),
    async hears(address, epoch) {
      return (await callPeer(address, HEARS, { epoch })).hears;
    },
    getStatus: (address) => callPeer(address, GET_STATUS, {}),
    handOff: (address, from, remains) => callPeer(address, HAND_OFF, { from, remains }),
  };
}

function connect(deps: ConstructorParameters<typeof GrpcLeaderStream>[0]): LeaderStream {
  try {
    peerAddress(deps.address);
    return new GrpcLeaderStream(deps);
  } catch (error) {
    return unopened(deps.events, (error as Error).message);
  }
}

function unopened(events: LeaderStreamEvents, reason: string): LeaderStream {
  let open = true;
  queueMicrotask(() => open && events.closed(reason));
  return {
    send: () => {},
    close: () => {
      open = false;
    },
  };
}
