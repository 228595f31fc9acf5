/** Ports of the containers. */
export const HTTP_PORT = 4000;
export const PEER_PORT = 4001;
/** Metrics, health, and the whole of a node's report. */
export const ADMIN_PORT = 4002;
export const ETCD_CLIENT_PORT = 2379;
export const ETCD_PEER_PORT = 2380;
/** etcd's health and metrics, without TLS or a password. */
export const ETCD_METRICS_PORT = 2381;
/** etcd's readiness without TLS: a probe has no certificate. Nothing but health is served there. */
export const ETCD_READY_PORT = 2382;
