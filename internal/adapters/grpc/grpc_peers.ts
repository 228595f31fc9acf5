import type { Clock } from "../../ports/clock.ts";
import { type LeaderStream, type LeaderStreamEvents, PeerError, type Peers } from "../../ports/peers.ts";
import { adjustReply, adjustRequest } from "./adjust_messages.ts";
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
import { HandshakeTurns } from "./handshake_turns.ts";
import { GrpcLeaderStream } from "./leader_stream.ts";
import type { PeerSecurity } from "./peer_tls.ts";
import { presenceAt } from "./presence.ts";
import { callPeer } from "./unary_calls.ts";

export interface PeersOptions {
  readonly clock: Clock;
  /** How long a node may take to answer a new stream, in milliseconds: unless given 3,000, with TLS 10,000. */
  readonly connectTimeoutMs?: number;
  /** Null: without TLS. */
  readonly security: PeerSecurity | null;
}

const ANNOUNCE = { name: "Knock", request: announceRequest, reply: announceReply } as const;
const GET_STATUS = { name: "Greet", request: statusRequest, reply: statusReply } as const;
const HEARS = { name: "Hears", request: hearsRequest, reply: hearsReply } as const;
const HAND_OFF = { name: "HandOver", request: handoffRequest, reply: handoffReply } as const;
/** A leader answers after ten seconds, whatever is known by then. */
const ADJUST = { name: "Adjust", request: adjustRequest, reply: adjustReply, deadlineMs: 12_000 } as const;

/** Reaches other nodes over gRPC. Each stream and each call has its own connection. */
export function createPeers({ clock, security, connectTimeoutMs = security ? 10_000 : 3_000 }: PeersOptions): Peers {
  const handshakes = new HandshakeTurns(clock);
  return {
    connect: (address, events) => connect({ address, clock, connectTimeoutMs, security, handshakes, events }),
    async announce(address, self, leader) {
      const { leads } = await callPeer(address, ANNOUNCE, { member: self, leader }, security);
      if (!leads) throw new PeerError(`${address} does not lead`);
    },
    reach: (address) => presenceAt(address, (at) => callPeer(at, GET_STATUS, {}, security)),
    async hears(address, epoch) {
      return (await callPeer(address, HEARS, { epoch }, security)).hears;
    },
    getStatus: (address) => callPeer(address, GET_STATUS, {}, security),
    handOff: (address, from, remains) => callPeer(address, HAND_OFF, { from, remains }, security),
    adjust: (address, adjustment) => callPeer(address, ADJUST, adjustment, security),
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
    renewalDue: false,
    send: () => {},
    close: () => {
      open = false;
    },
  };
}
