import { isIPv4 } from "node:net";
import { isWildcard } from "./addresses.ts";
import { pemPath } from "./files.ts";
import type { Check, Parse, ValuesOf } from "./read/setting.ts";

/** How a node and its peers make sure of each other. */
export interface PeerSecurity {
  /** Absolute paths of PEM files, which are renewed in place while the node runs. Null: peers connect without TLS. */
  readonly files: { readonly ca: string; readonly cert: string; readonly key: string } | null;
  /** Whether peers without TLS are accepted although there are certificates. */
  readonly plainToo: boolean;
}

/** A switch that a variable can also set. Another text than `yes`, such as `false`, must not turn it on. */
const yesOnly: Parse<boolean> = (text) =>
  text === "" || text === "yes" ? { value: true } : { problem: "must be yes, or not be set at all" };

export const peerTlsTable = {
  peerCa: {
    placeholder: "file",
    parse: pemPath,
    default: null,
    whenAbsent: "none",
    help: "file with the certificates of the cluster's authority (PEM); read again when it changes",
  },
  peerCert: {
    placeholder: "file",
    parse: pemPath,
    default: null,
    whenAbsent: "none",
    help: "file with this node's certificate (PEM), which names spiffe://CLUSTER/counter; read again when it changes",
  },
  peerKey: {
    placeholder: "file",
    parse: pemPath,
    default: null,
    whenAbsent: "none",
    help: "file with the key of this node's certificate (PEM); read again when it changes",
  },
  peerInsecure: {
    placeholder: null,
    parse: yesOnly,
    default: null,
    whenAbsent: "peers need certificates, except on loopback",
    help: "lets everybody who reaches the peer port change totals: nodes accept peers without TLS",
  },
} as const;

type PeerTlsValues = ValuesOf<typeof peerTlsTable> & { readonly host: string; readonly peerHost: string | null };

const FILES = ["peerCa", "peerCert", "peerKey"] as const;

export const peerTlsChecks: readonly Check<PeerTlsValues>[] = [
  needs("peerCa", "peerCert", "needs --peer-cert"),
  needs("peerCa", "peerKey", "needs --peer-key"),
  needs("peerCert", "peerCa", "needs --peer-ca"),
  needs("peerKey", "peerCa", "needs --peer-ca"),
  {
    about: "peerCa",
    reads: [...FILES, "peerInsecure", "host", "peerHost"],
    problem: (values) => (FILES.some((file) => values[file]) || mayBePlain(values) ? null : adviceFor(values)),
  },
];

function needs(about: (typeof FILES)[number], other: (typeof FILES)[number], problem: string): Check<PeerTlsValues> {
  return {
    about,
    reads: [about, other],
    problem: (values) => (values[about] !== null && values[other] === null ? problem : null),
  };
}

function adviceFor({ peerHost, host }: PeerTlsValues): string {
  return (
    `must be set, with --peer-cert and --peer-key: other machines can reach ${peerHost ?? host}. ` +
    "`global-cluster certificates` makes these files. If only trusted machines reach the peer port, set --peer-insecure instead"
  );
}

/** A wildcard has an error of its own, whose correction is checked here. */
function mayBePlain({ peerInsecure, peerHost, host }: PeerTlsValues): boolean {
  const address = peerHost ?? host;
  return peerInsecure === true || isLoopback(address) || isWildcard(address);
}

/** Whether only this machine can connect to `address`. */
export function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || (isIPv4(address) && address.startsWith("127."));
}

export function peerSecurity({ peerCa: ca, peerCert: cert, peerKey: key, peerInsecure }: PeerTlsValues): PeerSecurity {
  const files = ca !== null && cert !== null && key !== null ? { ca, cert, key } : null;
  return { files, plainToo: files !== null && peerInsecure === true };
}
