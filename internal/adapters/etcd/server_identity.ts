import { checkServerIdentity, type PeerCertificate } from "node:tls";
import { type Identity, whyNotPeer } from "../../core/identity/identity.ts";
import { uriNamesIn } from "../../core/identity/subject_alt_name.ts";

/** A server whose certificate is valid, and which is somebody else. */
export class WrongServer extends Error {
  override readonly name = "WrongServer";
}

/** Node's own check of host names, and then whether the certificate names `server`. The error says what is wrong; undefined: nothing. */
export function identityCheck(server: Identity): (host: string, certificate: PeerCertificate) => Error | undefined {
  return (host, certificate) => {
    const wrongHost = checkServerIdentity(host, certificate);
    if (wrongHost) return wrongHost;
    const refusal = whyNotPeer(uriNamesIn(certificate.subjectaltname ?? ""), server);
    return refusal === null ? undefined : new WrongServer(refusal);
  };
}
