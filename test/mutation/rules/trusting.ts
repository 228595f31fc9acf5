import type { Mutation } from "../mutation.ts";

const TLS = "test/adapters/grpc/tls.test.ts";

/** Who is heard, and what peers without a certificate may say. */
export const TRUSTING: readonly Mutation[] = [
  {
    name: "Trust: a hand-over may bring more new names than a ledger has",
    file: "internal/services/node/handoff_receiver.ts",
    find: "unknown > maxCounters ?",
    replace: "unknown > 2 ** 53 ?",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: a hand-over without a certificate may claim any version",
    file: "internal/services/node/handoff_receiver.ts",
    find: "firstOffer.version > version);",
    replace: "firstOffer.version > version + 2 ** 40);",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: a hand-over without a certificate may bring any number of hits",
    file: "internal/services/node/handoff_receiver.ts",
    find: "hits > MAX_PLAIN_HITS ?",
    replace: "hits > 2 ** 53 ?",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: bounds for strangers bind nodes with certificates, too",
    file: "internal/services/node/handoff_receiver.ts",
    find: "(authenticated ? null : this.#whyNotPlausible(tails))",
    replace: "this.#whyNotPlausible(tails)",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: the leader dials whatever address is announced",
    file: "internal/services/leader/followers.ts",
    find: "if (!authenticated && discovered?.peerAddress !== member.peerAddress) return;",
    replace: "",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: the leader dials as often as it is asked to",
    file: "internal/services/leader/follower.ts",
    find: "if (now - this.#hurriedAt < HURRY_PAUSE_MS) return;",
    replace: "",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: a renewed stream is opened in the next round only",
    file: "internal/services/leader/follower.ts",
    find: "    this.close();\n    this.ensureOpen();\n    return true;",
    replace: "    this.close();\n    return true;",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: nodes whose streams are renewed count as out of reach",
    file: "internal/services/leader/leader.ts",
    find: "    this.#snapshots.goOnWithCopies();\n",
    replace: "    this.#followers.renewDue();\n    this.#snapshots.goOnWithCopies();\n",
    test: "test/simulation/scenarios/claims.test.ts",
  },
  {
    name: "Trust: a certificate of any authority is accepted",
    file: "internal/adapters/grpc/peer_tls.ts",
    find: "if (!socket.authorized) return untrusted(socket, certificate.issuer);",
    replace: "",
    test: TLS,
  },
  {
    name: "Trust: a certificate of any cluster and role is accepted",
    file: "internal/adapters/grpc/peer_tls.ts",
    find: 'return whyNotPeer(uriNamesIn(certificate.subjectAltName ?? ""), { ...own.identity, role: "counter" });',
    replace: "return own && whyNotPeer && uriNamesIn ? null : null;",
    test: TLS,
  },
  {
    name: "Trust: a connection outlives its certificate",
    file: "internal/adapters/grpc/peer_listener.ts",
    find: "if (!expired && isStillTrusted(peer, by, current)) continue;",
    replace: "if (isStillTrusted(peer, by, current)) continue;",
    test: TLS,
  },
  {
    name: "Trust: a connection outlives the trust in its authority",
    file: "internal/adapters/grpc/peer_listener.ts",
    find: "if (!expired && isStillTrusted(peer, by, current)) continue;",
    replace: "if (!expired) continue;",
    test: TLS,
  },
  {
    name: "Trust: a bad certificate is answered by going on without TLS",
    file: "internal/adapters/grpc/peer_sockets.ts",
    find: "if (!plainToo || error instanceof RefusedPeer ||",
    replace: "if (!plainToo ||",
    test: TLS,
  },
  {
    name: "Trust: a leader keeps the stream of a node that answers no ping",
    file: "internal/adapters/grpc/stream_call.ts",
    find: 'this.#end(status.UNAVAILABLE, "it answers no ping")',
    replace: "this.#stopPings()",
    test: "test/adapters/grpc/cut_cable.test.ts",
  },
  {
    name: "Trust: bytes of a message that is not complete are dropped",
    file: "internal/adapters/grpc/framing.ts",
    find: "this.#parts = at < bytes.length ? [bytes.subarray(at)] : [];",
    replace: "this.#parts = [];",
    test: "test/adapters/grpc/framing.test.ts",
  },
  {
    name: "Trust: a message over the limit is kept until it is complete",
    file: "internal/adapters/grpc/framing.ts",
    find: "if (length > MAX_MESSAGE_BYTES)",
    replace: "if (length < 0)",
    test: "test/adapters/grpc/framing.test.ts",
  },
];
