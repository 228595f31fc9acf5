import { Agent, request } from "node:http";
import { parentPort, workerData } from "node:worker_threads";

/** A worker: a client that counts a hit now and then, whatever others do meanwhile. */
export interface HonestOrder {
  readonly url: string;
}

export interface HonestReport {
  /** Milliseconds of each hit that was counted. */
  readonly tookMs: readonly number[];
  readonly failed: number;
}

const PAUSE_MS = 20;
const TIMEOUT_MS = 10_000;
/** As browsers have for one host. */
const MAX_CONNECTIONS = 6;

const { url } = workerData as HonestOrder;
const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
const tookMs: number[] = [];
let failed = 0;

/** Does not wait for the hit before: a node that stalls must not be asked less often for that. */
const timer = setInterval(() => {
  const began = performance.now();
  const fail = () => {
    failed += 1;
  };
  const asked = request(url, { method: "POST", agent, timeout: TIMEOUT_MS }, (response) => {
    response.resume().once("end", () => {
      if (response.statusCode === 200) tookMs.push(performance.now() - began);
      else fail();
    });
  });
  asked.once("timeout", () => asked.destroy());
  asked.once("error", fail);
  asked.end();
}, PAUSE_MS);

parentPort?.once("message", () => {
  clearInterval(timer);
  parentPort?.postMessage({ tookMs, failed } satisfies HonestReport);
  agent.destroy();
});
