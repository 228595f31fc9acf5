import { connect, createServer, type Server, type Socket } from "node:net";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

/**
 * A TCP proxy on the loopback interface that can be told to misbehave. While it drops answers, requests still arrive: what they ask
 * for happens, and nobody hears of it.
 */
export class DroppingProxy {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #pairs = new Set<Pair>();
  #dropping = false;
  #trigger: string | null = null;
  #stalled = false;
  #delayMs = 0;
  #bytesPerSecond = Infinity;
  /** When the last answer has passed, on the machine's clock. */
  #passedAt = 0;
  #droppedBytes = 0;
  #accepted = 0;

  /** A proxy to 127.0.0.1:`targetPort`, on a free port unless one is given. */
  static start(targetPort: number, port = 0): Promise<DroppingProxy> {
    const proxy = new DroppingProxy(targetPort);
    return new Promise((resolve) => proxy.#server.listen(port, "127.0.0.1", () => resolve(proxy)));
  }

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  /** `host:port` to dial instead of the target. */
  get endpoint(): string {
    return `127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** Connections that were ever opened. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Bytes of answers that were dropped. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** Requests pass, answers do not, on all connections. */
  dropAnswers(): void {
    this.#dropping = true;
  }

  /** The same from the first request on that has `words` in it. */
  dropAnswersFrom(words: string): void {
    this.#trigger = words;
  }

  /** Nothing passes in either direction, and nothing is closed: a cable that was pulled. */
  stall(): void {
    this.#stalled = true;
  }

  /** Each piece of data is late by `ms` from now on, in each direction. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Answers pass at this rate from now on, those of all connections together. */
  limit(bytesPerSecond: number): void {
    this.#bytesPerSecond = bytesPerSecond;
  }

  /** Ends every connection at once. */
  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Behaves again, for new connections: old ones miss bytes, and are left as they are. */
  heal(): void {
    this.#dropping = false;
    this.#trigger = null;
    this.#stalled = false;
    this.#delayMs = 0;
    this.#bytesPerSecond = Infinity;
    for (const { client, server } of this.#pairs) {
      client.removeAllListeners("data").resume();
      server.removeAllListeners("data").resume();
    }
  }

  /** Ends every connection and listens no more. */
  close(): Promise<void> {
    this.cut();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    const server = connect(this.#targetPort, "127.0.0.1");
    const pair = { client, server };
    this.#pairs.add(pair);
    client.on("data", (data) => {
      if (this.#trigger !== null && data.includes(this.#trigger)) this.#dropping = true;
      if (!this.#stalled) this.#pass(data, server);
    });
    server.on("data", (data) => {
      if (this.#dropping) this.#droppedBytes += data.length;
      if (!this.#dropping && !this.#stalled) this.#answer(data, pair);
    });
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on("error", () => {});
      socket.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }

  #answer(data: Buffer, { client, server }: Pair): void {
    if (this.#bytesPerSecond === Infinity) return this.#pass(data, client);
    const now = performance.now();
    this.#passedAt = Math.max(now, this.#passedAt) + (data.length / this.#bytesPerSecond) * 1_000;
    server.pause();
    setTimeout(() => {
      server.resume();
      if (client.writable) client.write(data);
    }, this.#passedAt - now);
  }

  #pass(data: Buffer, to: Socket): void {
    if (this.#delayMs === 0) to.write(data);
    else setTimeout(() => to.writable && to.write(data), this.#delayMs);
  }
}
