import type { CounterCluster, IngressSpec } from "../counter_cluster.ts";
import { childMeta, counterName, selectorLabels } from "./names.ts";
import type { DesiredObject } from "./object.ts";

/** The Service, and the Ingress if the resource asks for one. */
export function pageAccess(cluster: CounterCluster): DesiredObject[] {
  const { ingress } = cluster.spec;
  return [service(cluster), ...(ingress ? [ingressTo(cluster, ingress)] : [])];
}

function service(cluster: CounterCluster): DesiredObject {
  const { type, port, annotations } = cluster.spec.service;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: childMeta(cluster, "counter", counterName(cluster), annotations),
    spec: {
      type,
      selector: selectorLabels(cluster, "counter"),
      ports: [{ name: "http", port, targetPort: "http", protocol: "TCP", appProtocol: "http" }],
    },
  };
}

function ingressTo(cluster: CounterCluster, { host, className, annotations, tlsSecret }: IngressSpec): DesiredObject {
  const backend = { service: { name: counterName(cluster), port: { name: "http" } } };
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: childMeta(cluster, "counter", counterName(cluster), annotations),
    spec: {
      ...(className && { ingressClassName: className }),
      ...(tlsSecret && { tls: [{ hosts: [host], secretName: tlsSecret }] }),
      rules: [{ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }],
    },
  };
}
