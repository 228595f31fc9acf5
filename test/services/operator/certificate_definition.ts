import type { KubernetesApi, KubernetesObject, Resource } from "../../../internal/ports/kubernetes.ts";
import { eventually } from "../../eventually.ts";

const DEFINITIONS: Resource = {
  apiVersion: "apiextensions.k8s.io/v1",
  plural: "customresourcedefinitions",
  namespaced: false,
};
const CERTIFICATES: Resource = { apiVersion: "cert-manager.io/v1", plural: "certificates", namespaced: true };

/**
 * Installs cert-manager's definition of Certificate, with the fields of its API reference that matter here and their rules
 * (https://cert-manager.io/docs/reference/api-docs/#cert-manager.io/v1.CertificateSpec). Nothing else of it runs: the tests play its part.
 */
export async function installCertManager(api: KubernetesApi): Promise<void> {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "certificates.cert-manager.io" },
    spec: {
      group: "cert-manager.io",
      scope: "Namespaced",
      names: { kind: "Certificate", listKind: "CertificateList", plural: "certificates", singular: "certificate" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: SCHEMA } }],
    },
  };
  await api.apply<KubernetesObject>(DEFINITIONS, definition, { fieldManager: "cert-manager", force: true });
  await eventually(() =>
    api.list(CERTIFICATES, {}).then(
      () => true,
      () => false,
    ),
  );
}

const WORD = { type: "string" };
const WORDS = { type: "array", items: WORD };
const SCHEMA = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      required: ["issuerRef", "secretName"],
      properties: {
        secretName: WORD,
        commonName: WORD,
        uris: WORDS,
        dnsNames: WORDS,
        usages: { type: "array", items: { type: "string", enum: ["digital signature", "server auth", "client auth"] } },
        duration: WORD,
        renewBefore: WORD,
        privateKey: {
          type: "object",
          properties: {
            algorithm: { type: "string", enum: ["RSA", "ECDSA", "Ed25519"] },
            size: { type: "integer" },
            encoding: { type: "string", enum: ["PKCS1", "PKCS8"] },
            rotationPolicy: { type: "string", enum: ["Never", "Always"] },
          },
        },
        issuerRef: { type: "object", required: ["name"], properties: { name: WORD, kind: WORD, group: WORD } },
      },
    },
  },
};
