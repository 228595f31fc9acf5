import type { Clock } from "../../ports/clock.ts";
import { type LeaderStream, type LeaderStreamEvents, PeerError, type Peers } from "../../ports/peers.ts";
import { greetReply, greetRequest, handOverReply, handOverRequest, knockReply, knockRequest } from "./call_messages.ts";
import { peerAddress } from "./checks.ts";
import { GrpcLeaderStream } from "./leader_stream.ts";
import { callPeer } from "./unary_calls.ts";

export interface PeersOptions {
  readonly clock: Clock;
  /** How long a node may take to answer a new stream, in milliseconds: 3,000 unless given. */
  readonly connectTimeoutMs?: number;
}

const KNOCK = { name: "Knock", request: knockRequest, reply: knockReply } as const;
const GREET = { name: "Greet", request: greetRequest, reply: greetReply } as const;
const HAND_OVER = { name: "HandOver", request: handOverRequest, reply: handOverReply } as const;

/** Reaches other nodes over gRPC. Nothing is kept between streams and calls: each has a connection of its own. */
export function createPeers({ clock, connectTimeoutMs = 3_000 }: PeersOptions): Peers {
  return {
    connect: (address, events) => connect({ address, clock, connectTimeoutMs, events }),
    async announce(address, self, leader) {
      const { leads } = await callPeer(address, KNOCK, { member: self, leader });
      if (!leads) throw new PeerError(`${address} does not lead`);
    },
    getStatus: (address) => callPeer(address, GREET, {}),
    handOff: (address, from, remains) => callPeer(address, HAND_OVER, { from, remains }),
  };
}

function connect(parts: ConstructorParameters<typeof GrpcLeaderStream>[0]): LeaderStream {
  try {
    peerAddress(parts.address);
    return new GrpcLeaderStream(parts);
  } catch (error) {
    return unopened(parts.events, (error as Error).message);
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
