import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PeerSecurity } from "../../../internal/adapters/grpc/peer_tls.ts";
import { certificateSet } from "../../../internal/adapters/tls/certificate_set.ts";
import { TestAuthority } from "../../adapters/x509/test_authority.ts";

const FILES = ["ca", "cert", "key"] as const;

/** Writes one node's certificates, which all nodes of a benchmark share, into a new folder, and returns its path. */
export async function writeCertificates(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "bench-certificates-"));
  const set = await (await TestAuthority.create()).set();
  for (const name of FILES) writeFileSync(join(folder, name), set[name]);
  return folder;
}

/** Null without a folder: no TLS. */
export function securityIn(folder: string | null): PeerSecurity | null {
  if (folder === null) return null;
  const [ca, cert, key] = FILES.map((name) => readFileSync(join(folder, name), "utf8"));
  return { certificates: { current: certificateSet({ ca: ca!, cert: cert!, key: key! }) }, plainToo: false };
}
