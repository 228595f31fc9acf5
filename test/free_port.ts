import { once } from "node:events";
import { createServer } from "node:net";

/** Below the ports that systems give to outgoing connections: one that a stopped server had is still free when it starts again. */
const FIRST = 12_000;
/** Each process of `mocha --parallel` has a range of its own, so that no two find the same port free; all other programs have the last one. */
const WORKERS = 8;
const PORTS_PER_WORKER = 2_000;

/** Given to somebody already, who may not listen yet. */
const given = new Set<number>();

/** A port that is free on loopback, and that this process was not given before. */
export async function freePort(): Promise<number> {
  return (await freePortsInARow(1))[0] as number;
}

/** `count` ports that are free on loopback. */
export function freePorts(count: number): Promise<readonly number[]> {
  return Promise.all(Array.from({ length: count }, freePort));
}

/** The same, one after the other. */
export async function freePortsInARow(count: number): Promise<readonly number[]> {
  const begin = FIRST + (Number(process.env.MOCHA_WORKER_ID ?? WORKERS - 1) % WORKERS) * PORTS_PER_WORKER;
  for (;;) {
    const first = begin + Math.floor(Math.random() * (PORTS_PER_WORKER - count));
    const ports = Array.from({ length: count }, (_, i) => first + i);
    if (ports.some((port) => given.has(port))) continue;
    for (const port of ports) given.add(port);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  const [listening] = await Promise.allSettled([once(server, "listening")]);
  server.close();
  return listening.status === "fulfilled";
}
