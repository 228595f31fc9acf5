import { type ChannelOptions, Client, credentials } from "@grpc/grpc-js";

/** Largest message either way, in bytes; a snapshot of 10,000 counters is about 1 MB. */
export const MAX_MESSAGE = 16 * 1024 * 1024;

/** Ends of a connection ask each other for a sign of life this often, and wait this long for it: a cut cable says nothing. */
export const KEEPALIVE: ChannelOptions = {
  "grpc.keepalive_time_ms": 10_000,
  "grpc.keepalive_timeout_ms": 5_000,
  "grpc.max_receive_message_length": MAX_MESSAGE,
};

const OPTIONS: ChannelOptions = {
  ...KEEPALIVE,
  // A call that was sent twice would be answered twice.
  "grpc.enable_retries": 0,
  // A shared pool would give a new client the old connection attempt, which may never end.
  "grpc.use_local_subchannel_pool": 1,
  "grpc.service_config_disable_resolution": 1,
  // Nodes are in one network; a proxy in the environment is for the way out of it.
  "grpc.enable_http_proxy": 0,
};

/** A client of one peer, for one stream or one call. */
export function newClient(address: string): Client {
  return new Client(address, credentials.createInsecure(), OPTIONS);
}
