import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultEtcdImage } from "../core/operator/definition_schema.ts";
import { needs, RELEASE_0_1_0 } from "../needs.ts";
import { countsExactlyWhile } from "./counting.ts";
import { kubectl } from "./kubectl.ts";
import { measured } from "./measured.ts";
import { timed, until } from "./programs.ts";
import { helmUpgrade, install, removeRelease } from "./release.ts";
import { IMAGE_0_1_0 } from "./surroundings.ts";
import { change, pods, ready, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-first-release";
const ETCD = "app.kubernetes.io/instance=visits,app.kubernetes.io/component=etcd";

/** The contract: a cluster of the release 0.1.0 is upgraded, and then gets TLS, while it counts. */
describe("on a real cluster, a cluster of the release 0.1.0", function () {
  this.timeout(600_000);
  let folder: string;
  before(async function () {
    needs(this, "E2E_IMAGE_0_1_0");
    needs(this, "release 0.1.0");
    folder = mkdtempSync(join(tmpdir(), "first-release-"));
    const chart = execFileSync("git", ["archive", RELEASE_0_1_0, "charts/global-cluster"], { maxBuffer: 64 << 20 });
    execFileSync("tar", ["-x", "-C", folder], { input: chart });
    const how = { chart: join(folder, "charts/global-cluster"), image: IMAGE_0_1_0 };
    await removeUnusedDefinition();
    // The nodes have our etcd, and not the one that was the default then.
    await install(namespace, { replicas: 3, etcdImage: defaultEtcdImage(), access: undefined }, how);
  });
  after(async () => {
    await removeRelease(namespace);
    rmSync(folder, { recursive: true });
  });

  it("runs on as it is under a newer operator, which says how to secure it", async () => {
    const before = await uids();
    await countsExactlyWhile({ namespace, counter: "upgraded" }, async () => {
      await helmUpgrade(namespace, { etcdImage: defaultEtcdImage(), access: undefined });
      await reason("EarlierPods");
      await ready(namespace, 3);
    });
    assert.deepEqual(await uids(), before);
  });

  it("gets TLS when it is told to: all hits are counted, and it counts all the while", async () => {
    const before = await uids();
    const sent = await countsExactlyWhile({ namespace, counter: "secured" }, async () => {
      const seconds = await timed(async () => {
        await change(namespace, { tls: { enabled: true } });
        await until("both kinds of counters run", 60, async () => (await secureReason()) === "TurningOn");
        await reason("TLS", 300);
        await ready(namespace, 3, 180);
      });
      measured("seconds from plain text to TLS, with 3 counters", Math.round(seconds), "");
    });
    measured("hits meanwhile", sent.acknowledged, `${sent.refused} refused, ${sent.unanswered} unanswered`);
    assert.ok((await uids()).every((uid) => !before.includes(uid)));
    const secret = await kubectl("-n", namespace, "get", "pods", "-l", ETCD, "-o", "jsonpath={..secretName}");
    assert.equal(secret, "visits-store-tls");
  });
});

/** Other tests leave a newer definition, over which the release 0.1.0 cannot be installed as it was. */
async function removeUnusedDefinition(): Promise<void> {
  const used = await kubectl("get", "counterclusters", "-A", "-o", "name").catch(() => "");
  if (used.trim() === "") await kubectl("delete", "crd", "counterclusters.globalcluster.dev", "--ignore-not-found");
}

async function secureReason(): Promise<string | undefined> {
  return (await visits(namespace)).status?.conditions?.find(({ type }) => type === "Secure")?.reason;
}

async function reason(expected: string, seconds = 60): Promise<void> {
  await until(`Secure says ${expected}`, seconds, async () => (await secureReason()) === expected);
}

async function uids(): Promise<string[]> {
  const all = [...(await pods(namespace)), ...(await pods(namespace, ETCD))];
  return all.map(({ metadata }) => metadata.uid).sort();
}
