import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestAuthority } from "../adapters/x509/test_authority.ts";
import { freePort } from "../free_port.ts";
import { needs } from "../needs.ts";
import { RealCluster } from "../processes/real_cluster.ts";
import { allAttacks } from "./all_attacks.ts";
import type { Attack, Target } from "./attack.ts";
import { p99Text } from "./table.ts";
import { witness } from "./witness.ts";

/** Parts that a cluster of this test has. What needs more is attacked elsewhere. */
const HERE: ReadonlySet<keyof Target> = new Set(["publicUrl", "adminUrl", "peerAddress", "counter", "seconds"]);
/** Long enough for each attack to pass a bound that does not hold. */
const SECONDS = 4;
/** Numbers of the attacks that are tried in `npm test`: what one request of a stranger could destroy. */
const QUICK: ReadonlySet<number> = new Set([1, 2, 3, 9, 10]);

const attacks = await allAttacks();

/** Each attack against a real node: its bound holds, and an honest client is served meanwhile. */
describe("attacks", () => {
  for (const attack of attacks.filter(({ needs = [] }) => needs.every((part) => HERE.has(part)))) {
    it(`${attack.number}: ${attack.attack}: ${attack.bound}`, async function () {
      if (!QUICK.has(attack.number)) needs(this, "more time");
      await holds(attack);
    });
  }
});

/** Peers without a certificate are not heard at all, so what they say may be anything. */
describe("attacks on nodes with certificates", () => {
  let folder: string;
  let flags: readonly string[];
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "attacked-certificates-"));
    flags = await certificateFlags(folder);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const attack of attacks.filter(({ needs = [] }) => needs.includes("peerAddress"))) {
    it(`${attack.number}: ${attack.attack}: ${attack.bound}`, async function () {
      needs(this, "more time");
      await holds(attack, flags);
    });
  }
});

async function holds(attack: Attack, flags: readonly string[] = []): Promise<void> {
  const { seen, held, memoryMb, ...honest } = await attackNode(attack, flags);
  // What an honest client waits depends on the machine, so nothing is asserted of it.
  console.log(`      seen: ${seen}; honest p99 ${p99Text(honest)}; ${memoryMb?.toFixed(0)} MB`);
  assert.ok(held, `${seen}; ${memoryMb?.toFixed(0)} MB`);
  assert.equal(honest.honestFailures, 0);
}

/** Writes certificates of one authority into `folder`. */
async function certificateFlags(folder: string): Promise<string[]> {
  const { ca, cert, key } = await (await TestAuthority.create()).set();
  return Object.entries({ ca, cert, key }).flatMap(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return [`--peer-${name}`, join(folder, name)];
  });
}

/** Starts a node of its own for each attack, so that none has to live with what another left. */
async function attackNode(attack: Attack, more: readonly string[]) {
  const peerPort = await freePort();
  const flags = ["--peer-port", String(peerPort), ...(attack.flags ?? []), ...more];
  const cluster = await RealCluster.start({ nodes: 1, flags });
  const { url } = cluster.nodes[0]!;
  let failed = true;
  try {
    const result = await witness(attack, {
      publicUrl: url,
      adminUrl: url,
      peerAddress: `127.0.0.1:${peerPort}`,
      counter: "attacks",
      seconds: SECONDS,
    });
    failed = !result.held;
    return result;
  } finally {
    await cluster.end(failed);
  }
}
