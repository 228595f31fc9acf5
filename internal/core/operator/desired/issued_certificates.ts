import type { CertificateLives } from "../certificates.ts";
import type { CounterCluster } from "../counter_cluster.ts";
import { certifiedComponents, leafNames } from "./certificate_names.ts";
import { type Component, certificateName, childMeta } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/** cert-manager's requests, if the resource names an issuer: https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.Certificate */
export function issuedCertificates(cluster: CounterCluster, lives: CertificateLives): DesiredObject[] {
  const { enabled, issuerRef } = cluster.spec.tls;
  if (enabled === false || !issuerRef) return [];
  return certifiedComponents(cluster).map((component) => certificate(cluster, component, lives));
}

function certificate(cluster: CounterCluster, component: Component, { leafMs }: CertificateLives): DesiredObject {
  const name = certificateName(cluster, component);
  const { uri, dnsNames } = leafNames(cluster, component);
  return {
    apiVersion: "cert-manager.io/v1",
    kind: "Certificate",
    metadata: childMeta(cluster, component, name),
    spec: {
      secretName: name,
      // etcd tells its members from other clients by this name.
      commonName: component === "etcd" ? "store" : component,
      uris: [uri],
      ...(dnsNames.length > 0 && { dnsNames }),
      usages: ["digital signature", "server auth", "client auth"],
      privateKey: { algorithm: "ECDSA", size: 256, encoding: "PKCS8", rotationPolicy: "Always" },
      duration: seconds(leafMs),
      renewBefore: seconds(leafMs / 3),
      issuerRef: cluster.spec.tls.issuerRef,
    },
  };
}

/** As Go writes a time. */
function seconds(ms: number): string {
  return `${Math.floor(ms / 1_000)}s`;
}
