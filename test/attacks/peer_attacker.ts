import { randomBytes } from "node:crypto";
import { Client, credentials, Metadata } from "@grpc/grpc-js";
import { handoffReply, handoffRequest, statusReply } from "../../internal/adapters/grpc/call_messages.ts";
import { encodeLeaderMessage } from "../../internal/adapters/grpc/leader_messages.ts";
import { asIs, methodPath } from "../../internal/adapters/grpc/wire.ts";
import type { LedgerRef, LogTail } from "../../internal/core/log/batch.ts";
import type { LeaderMessage } from "../../internal/ports/peers.ts";
import type { Target } from "./attack.ts";

const DEADLINE_MS = 3_000;
/** An attacker that a node does not answer makes an id up. */
const MADE_UP: LedgerRef = { id: "00000000000000aa", version: 1 };

/** Somebody who reaches the peer port, has no certificate, and speaks the protocol. */
export class PeerAttacker {
  readonly #address: string;

  constructor({ peerAddress = "" }: Target) {
    this.#address = peerAddress;
  }

  /** 16 hex digits that nobody else has. */
  id(): string {
    return randomBytes(8).toString("hex");
  }

  /** The ledger that the node counts for, if it says so. */
  async ledger(): Promise<LedgerRef> {
    const bytes = await this.call("Greet", Buffer.alloc(0)).catch(() => null);
    return (bytes && statusReply.decode(bytes).known) || MADE_UP;
  }

  /** What the node replies, in words. */
  async handOver(tails: readonly Partial<LogTail>[]): Promise<string> {
    const firstOffer = await this.ledger();
    const remains = tails.map((tail) => ({
      ...{ source: this.id(), formerly: [], region: "eu", base: 0, firstOffer, shown: 0, segments: [] },
      ...tail,
    }));
    return this.call("HandOver", handoffRequest.encode({ from: this.id(), remains })).then(
      (bytes) => {
        const reply = handoffReply.decode(bytes);
        return reply.taken ? "taken" : `not taken: ${reply.reason}`;
      },
      (error: Error) => error.message.replace(/ \(\d{4}-.*/, "").slice(0, 120),
    );
  }

  /** Rejects with the node's refusal. */
  call(method: "Greet" | "HandOver" | "Knock", request: Buffer): Promise<Buffer> {
    const client = this.#client();
    const options = { deadline: Date.now() + DEADLINE_MS };
    return new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest<Buffer, Buffer>(
        methodPath(method),
        asIs,
        asIs,
        request,
        new Metadata(),
        options,
        (error, reply) => {
          client.close();
          if (reply) resolve(reply);
          else reject(error);
        },
      );
    });
  }

  /** Opens a leader's stream, says all of it, and stays for `ms`. Resolves to how it ended, in words. */
  lead(messages: readonly LeaderMessage[], ms: number): Promise<string> {
    const client = this.#client();
    const stream = client.makeBidiStreamRequest<Buffer, Buffer>(methodPath("Rounds"), asIs, asIs, new Metadata());
    for (const message of messages) stream.write(encodeLeaderMessage(message));
    stream.resume();
    return new Promise((resolve) => {
      const end = (words: string) => {
        clearTimeout(stay);
        client.close();
        resolve(words.slice(0, 120));
      };
      const stay = setTimeout(() => {
        stream.cancel();
        end("listened to until the end");
      }, ms);
      stream.on("error", (error: Error) => end(error.message));
    });
  }

  #client(): Client {
    return new Client(this.#address, credentials.createInsecure(), { "grpc.max_send_message_length": -1 });
  }
}

/** Whether a hit is committed within 10 s, and what the store is said to be. */
export async function commitsGoOn({ publicUrl, adminUrl = publicUrl, counter }: Target): Promise<string | null> {
  const response = await fetch(`${publicUrl}/v1/counters/${counter}/hits?wait=committed`, { method: "POST" });
  const { state = "" } = (await response.json()) as { state?: string };
  const cluster = (await (await fetch(`${adminUrl}/v1/cluster`)).json()) as { store: string };
  if (response.status === 200 && cluster.store === "ok") return null;
  return `a hit was answered ${response.status} ${state}, the store is ${cluster.store}`;
}

/** The counter's total, as far as a node shows one. */
export async function totalOf({ publicUrl }: Target, counter: string): Promise<number> {
  const response = await fetch(`${publicUrl}/v1/counters/${counter}`);
  const { value } = (await response.json()) as { value?: string | number };
  return response.ok ? Number(value ?? 0) : 0;
}
