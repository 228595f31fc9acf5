import { createServer } from "node:http";

/**
 * What `node:http` can do at best: the same answer to everything, ready-made. Told over IPC what to answer; tells its port.
 * The keep-alive time is the node's, because it is in the bytes of the answer.
 */
export interface BareAnswer {
  readonly headers: readonly string[];
  readonly body: string;
}

const KEEP_ALIVE_MS = 65_000;

process.once("message", (message) => {
  const { headers, body } = message as BareAnswer;
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (_req, res) => {
    res.writeHead(200, headers as string[]).end(body, "latin1");
  });
  server.listen(0, "127.0.0.1", () => process.send?.(server.address()));
});
