import { handoffRequest } from "../../internal/adapters/grpc/call_messages.ts";
import { encodeNodeMessage } from "../../internal/adapters/grpc/node_messages.ts";
import { MAX_MESSAGE_BYTES } from "../../internal/adapters/grpc/peer_connection.ts";
import type { Adjustment } from "../../internal/core/ledger/adjustment.ts";
import type { LogTail } from "../../internal/core/log/batch.ts";
import type { AdjustmentOutcome } from "../../internal/ports/adjusting.ts";
import type { Member } from "../../internal/ports/discovery.ts";
import {
  type HandoffReply,
  type LeaderMessage,
  type LeaderStream,
  type LeaderStreamEvents,
  type NodeMessage,
  PeerError,
  type PeerService,
  type PeerStatus,
  type Peers,
  type Presence,
} from "../../internal/ports/peers.ts";
import type { SimProcess, World } from "./world.ts";

const CALL_TIMEOUT = 2_000;
const ADJUST_TIMEOUT = 12_000;
const CONNECT_TIMEOUT = 500;
/** Time after which a stream over a cut link is found dead. */
const STREAM_TIMEOUT = 5_000;

interface Endpoint {
  readonly process: SimProcess;
  readonly service: PeerService;
}

/** The network: which process serves each address, which links are cut, and what happens to messages. */
export class SimNetwork {
  readonly #world: World;
  readonly endpoints = new Map<string, Endpoint>();
  readonly #cuts = new Set<string>();
  readonly #streams = new Set<SimStream>();
  /** Longest extra delay of a message, in milliseconds. */
  jitter = 5;
  /** Chances that a message of a stream arrives twice, or late and out of order. */
  duplicate = 0;
  reorder = 0;
  /** Chance that the response to a call is lost. */
  loseAnswers = 0;
  /** Chance that a call does not arrive. */
  loseRequests = 0;
  /** Chance that one end of a stream hears only much later that it broke. */
  halfOpen = 0;
  /** Messages that a cut link held back; messages that came twice or out of order, and lost responses; lost calls; half open streams. */
  held = 0;
  disturbed = 0;
  lostRequests = 0;
  halfOpened = 0;
  /** Pairs "from to" of addresses whose new connections are refused, for example by a policy. */
  readonly refused = new Set<string>();
  /** Machines whose nodes know format 1 of the ledger only. */
  readonly older = new Set<string>();
  /** Machines without power: they refuse no connection, because they say nothing. */
  readonly dark = new Set<string>();
  /** Whether every node has a certificate, and shows it. */
  authenticates = false;
  /** Whether the certificates of every stream are about to end. */
  renewsStreams = false;
  /** Whether messages are measured. One that peers would refuse as too large breaks its stream or call. */
  measures = false;
  /** Called when a leader opens a stream. */
  dialled: (address: string) => void = () => {};
  /** Changes a message that the node at `address` sends to its leader. */
  alter: (address: string, message: NodeMessage) => NodeMessage = (_, message) => message;

  constructor(world: World) {
    this.#world = world;
  }

  cut(a: string, b: string): void {
    this.#cuts.add(`${a} ${b}`);
    this.#cuts.add(`${b} ${a}`);
  }

  cutOneWay(from: string, to: string): void {
    this.#cuts.add(`${from} ${to}`);
  }

  /** Ends every trouble but cuts. */
  calm(): void {
    Object.assign(this, { jitter: 5, duplicate: 0, reorder: 0, loseAnswers: 0, loseRequests: 0, halfOpen: 0 });
  }

  heal(): void {
    this.#cuts.clear();
    for (const stream of this.#streams) stream.flush();
  }

  reaches(from: string, to: string): boolean {
    return !this.#cuts.has(`${from} ${to}`);
  }

  /** Breaks all streams of the processes at these addresses, which have ended. */
  drop(address: string): void {
    for (const stream of [...this.#streams])
      if (stream.from === address || stream.to === address) stream.break("connection reset");
  }

  /** Breaks the streams between two addresses. */
  dropBetween(from: string, to: string): void {
    for (const stream of [...this.#streams])
      if (stream.from === from && stream.to === to) stream.break("connection reset");
  }

  /** Whether a new connection is refused. */
  refuses(from: string, to: string): boolean {
    const refused = this.refused.has(`${from} ${to}`);
    if (refused) this.disturbed++;
    return refused;
  }

  latency(): number {
    return this.#world.random.between(0, this.jitter);
  }

  /** Time until one end of a broken stream hears of it. */
  news(): number {
    if (this.halfOpen === 0 || !this.#world.random.chance(this.halfOpen)) return this.latency();
    this.halfOpened++;
    return this.#world.random.between(5_000, 20_000);
  }

  add(stream: SimStream): void {
    this.#streams.add(stream);
  }

  remove(stream: SimStream): void {
    this.#streams.delete(stream);
  }
}

interface LeaderEnd {
  readonly process: SimProcess;
  readonly events: LeaderStreamEvents;
}

type Direction = "toNode" | "toLeader";

/** A long-lived stream. It is ordered and reliable until it breaks, unless the history makes it duplicate and reorder messages. */
export class SimStream {
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly from: string;
  readonly to: string;
  readonly #leader: LeaderEnd;
  readonly #held: (() => void)[] = [];
  #node: { process: SimProcess; events: ReturnType<PeerService["accept"]> } | null = null;
  #open = true;
  #readyAt: Record<Direction, number> = { toNode: 0, toLeader: 0 };

  constructor(world: World, network: SimNetwork, from: string, to: string, leader: LeaderEnd) {
    this.#world = world;
    this.#network = network;
    this.from = from;
    this.to = to;
    this.#leader = leader;
    network.add(this);
    this.#deliver("toNode", () => this.#connect());
  }

  toNode(message: LeaderMessage): void {
    this.#send("toNode", () => this.#node?.events.message(message));
  }

  break(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#network.remove(this);
    const { process, events } = this.#leader;
    const nodeHearsLate = this.#network.halfOpen > 0 && this.#world.random.chance(0.5);
    this.#world.after(this.#until(!nodeHearsLate), () => events.closed(reason), process);
    const node = this.#node;
    if (node) this.#world.after(this.#until(nodeHearsLate), () => node.events.closed(), node.process);
  }

  #until(mayBeLate: boolean): number {
    return mayBeLate ? this.#network.news() : this.#network.latency();
  }

  /** The leader closes its end, and hears nothing more. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#network.remove(this);
    const node = this.#node;
    if (node) this.#world.after(this.#until(true), () => node.events.closed(), node.process);
  }

  /** Delivers what a cut link held back. */
  flush(): void {
    for (const send of this.#held.splice(0)) send();
  }

  #connect(): void {
    const endpoint = this.#network.endpoints.get(this.to);
    if (this.#network.refuses(this.from, this.to)) return this.break("connection refused");
    if (!endpoint?.process.alive) return this.break("connection refused");
    const events = endpoint.service.accept({
      authenticated: this.#network.authenticates,
      send: (message: NodeMessage) => {
        if (this.#network.measures && encodeNodeMessage(message).length > MAX_MESSAGE_BYTES)
          return this.break("too large");
        const isOlder = message.kind === "hello" && this.#network.older.has(this.to);
        const said = this.#network.alter(this.to, isOlder ? { ...message, knows: 1 } : message);
        this.#send("toLeader", () => this.#leader.events.message(said));
      },
      refuse: (reason) => this.break(reason),
    });
    this.#node = { process: endpoint.process, events };
  }

  #send(direction: Direction, arrive: () => void): void {
    this.#deliver(direction, arrive);
    if (this.#node && this.#world.random.chance(this.#network.duplicate)) this.#later(direction, arrive);
  }

  #deliver(direction: Direction, arrive: () => void): void {
    const [a, b] = direction === "toNode" ? [this.from, this.to] : [this.to, this.from];
    if (!this.#network.reaches(a, b)) {
      if (this.#held.length === 0)
        this.#world.after(STREAM_TIMEOUT, () => this.#held.length > 0 && this.break("timed out"));
      this.#network.held++;
      this.#held.push(() => this.#deliver(direction, arrive));
      return;
    }
    if (this.#node && this.#world.random.chance(this.#network.reorder)) return this.#later(direction, arrive);
    const at = Math.max(this.#readyAt[direction], this.#world.now + this.#network.latency());
    this.#readyAt[direction] = at;
    this.#world.after(at - this.#world.now, () => this.#arrive(direction, arrive));
  }

  #later(direction: Direction, arrive: () => void): void {
    this.#network.disturbed++;
    this.#world.after(this.#world.random.between(1, 1_500), () => this.#arrive(direction, arrive));
  }

  #arrive(direction: Direction, arrive: () => void): void {
    const process = direction === "toLeader" ? this.#leader.process : this.#node?.process;
    this.#world.after(0, () => this.#open && arrive(), process ?? null);
  }
}

/** Each machine has one port. */
function machineAt(address: string): string {
  return address.replace(/:1$/, "");
}

/** One process's client of its peers. */
export class SimPeers implements Peers {
  readonly #world: World;
  readonly #network: SimNetwork;
  readonly #process: SimProcess;
  readonly #address: string;

  constructor(world: World, network: SimNetwork, process: SimProcess, address: string) {
    this.#world = world;
    this.#network = network;
    this.#process = process;
    this.#address = address;
  }

  connect(address: string, events: LeaderStreamEvents): LeaderStream {
    this.#network.dialled(address);
    const stream = new SimStream(this.#world, this.#network, this.#address, machineAt(address), {
      process: this.#process,
      events,
    });
    const network = this.#network;
    return {
      get renewalDue() {
        return network.renewsStreams;
      },
      send: (message) => stream.toNode(message),
      close: () => stream.close(),
    };
  }

  async announce(address: string, self: Member, leader: string): Promise<void> {
    const leads = await this.#call(address, (service) => service.announce(self, leader, this.#network.authenticates));
    if (!leads) throw new PeerError("it does not lead");
  }

  reach(address: string): Promise<Presence> {
    const at = machineAt(address);
    const process = this.#network.endpoints.get(at)?.process;
    const later = (ms: number, kind: "refused" | "unclear") =>
      new Promise<Presence>((resolve) => void this.#world.after(ms, () => resolve({ kind }), this.#process));
    if (!this.#network.reaches(this.#address, at) || this.#network.dark.has(at))
      return later(CONNECT_TIMEOUT, "unclear");
    if (!process?.alive || this.#network.refuses(this.#address, at)) return later(1, "refused");
    return this.getStatus(address).then(
      ({ nodeId }) => ({ kind: "there", nodeId }),
      () => ({ kind: "unclear" }),
    );
  }

  /** On a real network, a node whose store fails replies INTERNAL. */
  async hears(address: string, epoch: number): Promise<boolean> {
    const reply = await this.#call(address, (service) => service.hears(epoch).catch((error: Error) => error));
    if (reply instanceof Error) throw new PeerError(reply.message);
    return reply;
  }

  getStatus(address: string): Promise<PeerStatus> {
    return this.#call(address, (service) => service.getStatus());
  }

  handOff(address: string, from: string, tails: readonly LogTail[]): Promise<HandoffReply> {
    if (this.#network.measures && handoffRequest.encode({ from, remains: tails }).length > MAX_MESSAGE_BYTES)
      return Promise.reject(new PeerError("too large"));
    return this.#call(address, (service) => service.acceptHandoff(from, tails, this.#network.authenticates));
  }

  /** A leader replies only after a commit. If it dies before, nobody hears of it. */
  adjust(peerAddress: string, adjustment: Adjustment): Promise<AdjustmentOutcome> {
    const world = this.#world;
    const leader = this.#network.endpoints.get(machineAt(peerAddress))?.process;
    return new Promise((resolve, reject) => {
      const cancel = world.after(ADJUST_TIMEOUT, () => reject(new PeerError("no answer in time")), this.#process);
      const arrived = this.#call(peerAddress, (service) => ({ outcome: service.adjust(adjustment) }));
      arrived
        .then(({ outcome }) => outcome)
        .then((outcome) => {
          if (!leader?.alive || !this.#process.alive) return;
          if (world.random.chance(this.#network.loseAnswers)) return void this.#network.disturbed++;
          cancel();
          resolve(outcome);
        })
        .catch((error: Error) => {
          cancel();
          reject(error);
        });
    });
  }

  #call<T>(peerAddress: string, action: (service: PeerService) => T): Promise<T> {
    const address = machineAt(peerAddress);
    const world = this.#world;
    const network = this.#network;
    return new Promise((resolve, reject) => {
      const cancel = world.after(CALL_TIMEOUT, () => reject(new PeerError("no answer in time")), this.#process);
      const endpoint = network.endpoints.get(address);
      if (!network.reaches(this.#address, address) || network.dark.has(address)) return void network.held++;
      if (!endpoint?.process.alive || network.refuses(this.#address, address)) {
        cancel();
        world.after(1, () => reject(new PeerError("connection refused")), this.#process);
        return;
      }
      if (network.loseRequests > 0 && world.random.chance(network.loseRequests)) return void network.lostRequests++;
      world.after(
        network.latency(),
        () => {
          const result = action(endpoint.service);
          if (world.random.chance(network.loseAnswers)) return void network.disturbed++;
          if (!network.reaches(address, this.#address)) return void network.held++;
          world.after(
            network.latency(),
            () => {
              cancel();
              resolve(result);
            },
            this.#process,
          );
        },
        endpoint.process,
      );
    });
  }
}
