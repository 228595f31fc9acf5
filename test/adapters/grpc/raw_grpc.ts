import {
  Client,
  credentials,
  type handleBidiStreamingCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import { asIs, methodPath, PEER_SERVICE } from "../../../internal/adapters/grpc/wire.ts";

type Bytes = Buffer;

/** What a unary call with any bytes is answered: `<code> <details>`, or `0` and the reply's length. */
export function call(
  address: string,
  method: "Knock" | "Greet" | "HandOver",
  bytes: Bytes,
  path = methodPath(method),
): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  return new Promise<string>((resolve) => {
    client.makeUnaryRequest<Bytes, Bytes>(
      path,
      asIs,
      asIs,
      bytes,
      new Metadata(),
      { deadline: Date.now() + 8_000 },
      (error, reply) => {
        client.close();
        resolve(error ? `${error.code} ${error.details}` : `0 ${reply?.length}`);
      },
    );
  });
}

/** How a stream of any bytes ends: `<code> <details>`. */
export function stream(address: string, messages: readonly Bytes[]): Promise<string> {
  const client = new Client(address, credentials.createInsecure());
  const call = client.makeBidiStreamRequest<Bytes, Bytes>(methodPath("Rounds"), asIs, asIs, new Metadata());
  for (const bytes of messages) call.write(bytes);
  call.resume();
  return new Promise((resolve) => {
    call.on("error", ({ code, details }: ServiceError) => {
      client.close();
      resolve(`${code} ${details}`);
    });
  });
}

/** Opens a stream and never reads from it. */
export function openWithoutReading(address: string): { close(): void } {
  const client = new Client(address, credentials.createInsecure());
  const call = client.makeBidiStreamRequest<Bytes, Bytes>(methodPath("Rounds"), asIs, asIs, new Metadata());
  call.on("error", () => {});
  return {
    close() {
      call.cancel();
      client.close();
    },
  };
}

/** A peer service whose streams are in the hands of `rounds`. */
export function serveRaw(rounds: handleBidiStreamingCall<Bytes, Bytes>): Promise<{ address: string; close(): void }> {
  const server = new Server();
  const unimplemented = (): never => {
    throw new Error("not called here");
  };
  server.addService(PEER_SERVICE, {
    Rounds: rounds,
    Knock: unimplemented,
    Greet: unimplemented,
    HandOver: unimplemented,
  });
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
      if (error) reject(error);
      else resolve({ address: `127.0.0.1:${port}`, close: () => server.forceShutdown() });
    });
  });
}
