import type { PeerSecurity } from "../../internal/adapters/grpc/peer_tls.ts";
import { CertificateFiles, type CertificateFilesDeps } from "../../internal/adapters/tls/certificate_files.ts";
import type { PeerSecurity as PeerSecuritySettings } from "../settings/peer_tls.ts";

/** Reads the certificates in the settings; null without any. Throws CertificatesError. */
export async function openPeerSecurity(
  { files, plainToo }: PeerSecuritySettings,
  deps: CertificateFilesDeps,
): Promise<PeerSecurity | null> {
  if (files === null) return null;
  if (plainToo) deps.logger.warn("peers without certificates are heard, too (--peer-insecure)");
  return { certificates: await CertificateFiles.open(files, "counter", deps), plainToo };
}
