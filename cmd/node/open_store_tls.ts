import type { TlsSettings } from "../../internal/adapters/etcd/probe.ts";
import { CertificateFiles, type CertificateFilesDeps } from "../../internal/adapters/tls/certificate_files.ts";
import { identityIn } from "../../internal/adapters/tls/certificate_set.ts";
import type { StoreTls } from "../settings/store.ts";

export interface OpenStoreTls {
  /** The certificates in force. Call it before each connection. */
  readonly present: () => TlsSettings;
  stop(): void;
}

/**
 * A certificate of this cluster asks for a store that has one, too: its files are read as one set, and the server's must name the cluster's store. With any
 * other certificate, etcd is somebody else's, and its host name is all that can be checked. Throws CertificatesError.
 */
export async function openStoreTls({ files, present }: StoreTls, deps: CertificateFilesDeps): Promise<OpenStoreTls> {
  const own = files && identityIn(String(present().cert));
  if (!files || !own) return { present, stop() {} };
  const certificates = await CertificateFiles.open(files, own.role, deps);
  return {
    present() {
      const { ca, cert, key } = certificates.current;
      return { ca: Buffer.from(ca), cert: Buffer.from(cert), key: Buffer.from(key), server: { ...own, role: "store" } };
    },
    stop: () => certificates.stop(),
  };
}
