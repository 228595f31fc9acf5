import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Opens event streams on a node and reads them. Told over IPC how many and where; tells when all are open, and then what each round brought. */
export interface ReadersOrder {
  readonly port: number;
  readonly streams: number;
  /** Without it, the node would not let one address open so many so fast. */
  readonly authorization: string;
}

export type ReadersNews =
  | { readonly kind: "open"; readonly streams: number }
  /** What one version brought: how many streams heard of it, and milliseconds between the first and the last of them. */
  | { readonly kind: "heard"; readonly version: number; readonly streams: number; readonly spread: number };

/** Streams that are opened at a time. */
const AT_ONCE = 100;
/** A version that nobody heard of for this long is over, in milliseconds. */
const OVER_AFTER = 500;

const versions = new Map<number, { streams: number; first: number; last: number }>();

process.once("message", (message) => void read(message as ReadersOrder));

async function read({ port, streams, authorization }: ReadersOrder): Promise<void> {
  const request = `GET /v1/events?counter=visits HTTP/1.1\r\nHost: bench\r\nAuthorization: ${authorization}\r\n\r\n`;
  for (let open = 0; open < streams; open += AT_ONCE) {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, streams - open) }, () => openStream(port, request)));
  }
  tell({ kind: "open", streams });
  for (;;) {
    await sleep(OVER_AFTER / 2);
    report();
  }
}

async function openStream(port: number, request: string): Promise<void> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  socket.write(request);
  await once(socket, "data");
  follow(socket);
}

function follow(socket: Socket): void {
  socket.on("data", (bytes: Buffer) => {
    const version = /^id: (\d+)/.exec(bytes.toString("latin1", 0, 24))?.[1];
    if (version !== undefined) heard(Number(version));
  });
  socket.on("error", () => {});
}

function heard(version: number): void {
  const now = performance.now();
  const known = versions.get(version);
  if (known === undefined) versions.set(version, { streams: 1, first: now, last: now });
  else {
    known.streams += 1;
    known.last = now;
  }
}

function report(): void {
  for (const [version, { streams, first, last }] of versions) {
    if (performance.now() - last < OVER_AFTER) continue;
    versions.delete(version);
    tell({ kind: "heard", version, streams, spread: last - first });
  }
}

function tell(news: ReadersNews): void {
  process.send?.(news);
}
