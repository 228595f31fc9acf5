import http2 from "node:http2";
import { connect, type Socket } from "node:net";
import tls from "node:tls";
import { createAuthority, issueCertificate } from "../../internal/adapters/x509/certificates.ts";
import { type Attack, CannotRun } from "./attack.ts";

/** A key that no cluster uses. */
const KEY = "attacks/stranger";
const TIMEOUT_MS = 3_000;
const LIFE_MS = 3_600_000;

/** Whom the attacker pretends to be; null: he speaks plain text. */
type Disguise = tls.ConnectionOptions | null;

/** Whoever reaches the store tries to read it, and to write and delete a key. He does not care whom he talks to. */
export const attack: Attack = {
  number: 6,
  attack: "reads, writes and deletes in the store, without a certificate of the cluster",
  bound: "each attempt is refused before the store does anything",
  needs: ["storeAddress"],
  async run({ storeAddress = "" }) {
    (await dial(storeAddress)).destroy();
    const ways: readonly (readonly [string, Disguise])[] = [
      ["in plain text", null],
      ["with TLS and no certificate", {}],
      ["with a certificate of its own", await ownCertificate()],
    ];
    const done: string[] = [];
    for (const [how, disguise] of ways)
      for (const [what, method, message] of REQUESTS)
        if (await isHeard(storeAddress, disguise, method, message)) done.push(`${what} ${how}`);
    return {
      seen: done.length > 0 ? done.join(", ") : `nothing was done in ${ways.length} ways`,
      held: done.length === 0,
    };
  },
};

/** Messages of etcd's KV service: field 1 is the key, field 2 of a put its value (api/etcdserverpb/rpc.proto). */
const REQUESTS: readonly (readonly [string, string, Buffer])[] = [
  ["read", "Range", field(1, KEY)],
  ["write", "Put", Buffer.concat([field(1, KEY), field(2, "1")])],
  ["delete", "DeleteRange", field(1, KEY)],
];

/** Protocol Buffers: a field of bytes, shorter than 128. */
function field(number: number, text: string): Buffer {
  return Buffer.concat([Buffer.from([(number << 3) | 2, text.length]), Buffer.from(text)]);
}

/** Whether etcd itself answers, if only with an error. */
async function isHeard(address: string, disguise: Disguise, method: string, message: Buffer): Promise<boolean> {
  const plain = await dial(address);
  const socket = disguise
    ? tls.connect({ socket: plain, rejectUnauthorized: false, ALPNProtocols: ["h2"], ...disguise })
    : plain;
  const session = http2.connect(`http://${address}`, { createConnection: () => socket });
  try {
    return await new Promise<boolean>((resolve) => {
      const path = `/etcdserverpb.KV/${method}`;
      const stream = session.request({
        ":method": "POST",
        ":path": path,
        "content-type": "application/grpc",
        te: "trailers",
      });
      const length = Buffer.from([0, 0, 0, 0, message.length]);
      stream.once("response", () => resolve(true));
      for (const part of [socket, session, stream])
        part.on("error", () => resolve(false)).once("close", () => resolve(false));
      setTimeout(() => resolve(false), TIMEOUT_MS).unref();
      stream.end(Buffer.concat([length, message]));
    });
  } finally {
    session.destroy();
    socket.destroy();
    plain.destroy();
  }
}

/** Throws CannotRun if nobody is there: that would refuse nothing. */
function dial(address: string): Promise<Socket> {
  const [host = "", port] = address.split(/:(?=\d+$)/);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ""), port: Number(port) }, () => resolve(socket));
    socket.once("error", (cause) => reject(new CannotRun(`nobody listens at ${address}: ${cause.message}`)));
  });
}

/** It claims to be a counter. */
async function ownCertificate(): Promise<tls.ConnectionOptions> {
  const dates = { notBefore: Date.now() - LIFE_MS, notAfter: Date.now() + LIFE_MS };
  const authority = await createAuthority({ cluster: "stranger", ...dates });
  const identity = { cluster: "visits.default", role: "counter" } as const;
  const { certificate, key } = await issueCertificate(authority, { identity, ...dates });
  return { cert: certificate + authority.certificate, key };
}
