import { readFileSync } from "node:fs";
import type { ServiceDefinition, UntypedServiceImplementation } from "@grpc/grpc-js";
import protobuf from "protobufjs";
import { Malformed } from "./checks.ts";

/** One message type of `proto/peer.proto`. */
export interface Codec<T> {
  encode(message: T): Buffer;
  /** Fills in proto3's defaults. Throws Malformed. */
  decode(bytes: Uint8Array): T;
}

const PACKAGE = "globalcluster.v1";
const PROTO = new URL("../../../proto/peer.proto", import.meta.url);

// @grpc/proto-loader would take 2 MB more, for descriptors that only reflection needs.
const { root } = protobuf.parse(readFileSync(PROTO, "utf8"));
root.resolveAll();

/** `longs`: only totals may exceed 2^53; numbers are cheaper for the rest. */
export function codec<T extends object>(name: string, { longs }: { longs: "numbers" | "strings" }): Codec<T> {
  const type = root.lookupType(`${PACKAGE}.${name}`);
  const options = { defaults: true, longs: longs === "numbers" ? Number : String };
  return {
    encode: (message) => type.encode(type.fromObject(message)).finish() as Buffer,
    decode(bytes) {
      try {
        return type.toObject(type.decode(bytes), options) as T;
      } catch (cause) {
        throw new Malformed(`not a ${name} message: ${(cause as Error).message}`, { cause });
      }
    },
  };
}

const RAW = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs };

type MethodName = "Rounds" | "Knock" | "Greet" | "Hears" | "HandOver" | "Adjust";

/** The service with bytes as messages. So a malformed message gets our own error, and a shared one is encoded once. */
export const PEER_SERVICE: ServiceDefinition<UntypedServiceImplementation> = Object.fromEntries(
  root
    .lookupService(`${PACKAGE}.Peer`)
    .methodsArray.map(({ name, requestStream = false, responseStream = false }) => [
      name,
      { path: methodPath(name as MethodName), requestStream, responseStream, ...RAW },
    ]),
);

export function methodPath(name: MethodName): string {
  return `/${PACKAGE}.Peer/${name}`;
}

export function asIs<T>(bytes: T): T {
  return bytes;
}
