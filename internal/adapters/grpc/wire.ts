import { fileURLToPath } from "node:url";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import { loadSync, type MessageTypeDefinition } from "@grpc/proto-loader";
import { Malformed } from "./checks.ts";

/** One message type of `proto/peer.proto`. */
export interface Codec<T> {
  encode(message: T): Buffer;
  /** Fills in proto3's defaults. Throws Malformed. */
  decode(bytes: Uint8Array): T;
}

const PROTO = fileURLToPath(new URL("../../../proto/peer.proto", import.meta.url));
const PACKAGE = "globalcluster.v1";

const withNumbers = loadSync(PROTO, { defaults: true, longs: Number });
/** Only totals may exceed 2^53; numbers are cheaper for the rest. */
const withStrings = loadSync(PROTO, { defaults: true, longs: String });

export function codec<T extends object>(name: string, { longs }: { longs: "numbers" | "strings" }): Codec<T> {
  const definitions = longs === "numbers" ? withNumbers : withStrings;
  const { serialize, deserialize } = definitions[`${PACKAGE}.${name}`] as unknown as MessageTypeDefinition<T, T>;
  return {
    encode: serialize,
    decode(bytes) {
      try {
        return deserialize(bytes as Buffer);
      } catch (cause) {
        throw new Malformed(`not a ${name} message: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

const RAW = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };

/** The service with bytes as messages. So a malformed message gets our own error, and a shared one is encoded once. */
export const PEER_SERVICE: ServiceDefinition<UntypedServiceImplementation> = Object.fromEntries(
  Object.entries(withNumbers[`${PACKAGE}.Peer`] as ServiceDefinition).map(([name, method]) => [
    name,
    { ...method, ...RAW },
  ]),
);

export function methodPath(name: "Rounds" | "Knock" | "Greet" | "Hears" | "HandOver" | "Adjust"): string {
  return `/${PACKAGE}.Peer/${name}`;
}

export function asIs<T>(bytes: T): T {
  return bytes;
}
