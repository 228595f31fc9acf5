// count_hits.mjs PORT NODES TOTAL TOKEN_FILE: sends 21 hits to each node, ten of them at once with the token in that file, and waits until
// every node shows TOTAL as committed.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const [port, nodes, total] = process.argv.slice(2, 5).map(Number);
const tokenFile = process.argv[5];
const urls = Array.from({ length: nodes }, (_, index) => `http://127.0.0.1:${port + index}`);
const begin = performance.now();
await Promise.all(urls.map((url) => until(`${url} is ready`, async () => (await fetch(`${url}/readyz`)).ok)));
console.log(`${nodes} nodes were ready after ${seconds()} s`);
await Promise.all(urls.map(hit));
await Promise.all(
  urls.map((url) =>
    until(`${url} shows ${total}`, async () => (await (await fetch(`${url}/v1/counters/visits`)).json()).committed === total),
  ),
);
console.log(`every node showed ${total} after ${seconds()} s`);

async function hit(url) {
  await must(fetch(url));
  for (let sent = 0; sent < 10; sent++) await must(fetch(`${url}/v1/counters/visits/hits`, { method: "POST" }));
  const body = JSON.stringify({ by: 10 });
  const token = readFileSync(tokenFile, "utf8").trim();
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  await must(fetch(`${url}/v1/counters/visits/hits?wait=committed`, { method: "POST", body, headers }));
}

async function must(request) {
  const response = await request;
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text}`);
}

async function until(what, holds) {
  const deadline = performance.now() + 20_000;
  while (!(await holds().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await sleep(50);
  }
}

function seconds() {
  return ((performance.now() - begin) / 1000).toFixed(1);
}
