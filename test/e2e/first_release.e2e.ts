import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ADMIN_PORT } from "../../internal/core/operator/desired/ports.ts";
import { defaultEtcdImage } from "../core/operator/definition_schema.ts";
import { needs, RELEASE_0_1_0 } from "../needs.ts";
import { committed, countsExactlyWhile } from "./counting.ts";
import { kubectl } from "./kubectl.ts";
import { measured } from "./measured.ts";
import { timed, until } from "./programs.ts";
import { helmUpgrade, install, removeRelease } from "./release.ts";
import { IMAGE, IMAGE_0_1_0 } from "./surroundings.ts";
import { COUNTERS, pods, ready, visits } from "./visits.ts";
import { neverStepsBackWhile } from "./watching.ts";

const namespace = "global-cluster-e2e-first-release";
/** All its hits are from before the upgrade of the counters. */
const OLDEST = "oldest";
/** Its hits begin under 0.1.0. */
const OLDER = "older";
/** Its hits have keys, and each is sent again until it is counted. */
const KEYED = "orders";
const A_FEW = { rate: 1, seconds: 5 };
const UPGRADING = "503 urn:global-cluster:problem:upgrading";
const ETCD = "app.kubernetes.io/instance=visits,app.kubernetes.io/component=etcd";

/** The contract: a cluster of the release 0.1.0 is upgraded as docs/kubernetes.md says, while it counts. It gets TLS, and its ledger is converted. */
describe("on a real cluster, a cluster of the release 0.1.0", function () {
  this.timeout(900_000);
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
    await countsExactlyWhile({ namespace, counter: OLDEST }, async () => {
      await helmUpgrade(namespace, { etcdImage: defaultEtcdImage(), access: undefined });
      await reason("EarlierPods");
      await ready(namespace, 3);
    });
    assert.deepEqual(await uids(), before);
  });

  it("gets this image under load, then TLS and a ledger of format 2: all hits are counted, and no number steps back", async () => {
    const [before, oldest] = [await uids(), await committed(namespace, OLDEST)];
    const watched = { namespace, counters: [OLDEST, OLDER, KEYED] };
    const sent = await countsExactlyWhile({ namespace, counter: OLDER, seconds: 600 }, async () => {
      const read = await neverStepsBackWhile(watched, async () => {
        measured("seconds until no counter is of 0.1.0", Math.round(await timed(() => replaced(before))), "");
        const { why } = await countsExactlyWhile({ namespace, counter: KEYED, keyed: true, ...A_FEW }, async () => {
          measured("seconds from then to TLS", Math.round(await timed(secured)), "");
          measured("seconds from then to a ledger of format 2", Math.round(await timed(converted)), "");
        });
        assert.ok(why[UPGRADING], `no hit with a key had to wait: ${JSON.stringify(why)}`);
        await countsExactlyWhile({ namespace, counter: "newer" }, adjusts);
      });
      assert.ok(read.length >= 9, `only these were watched: ${read}`);
    });
    measured("hits meanwhile", sent.acknowledged, `${sent.refused} refused, ${sent.unanswered} unanswered`);
    assert.equal(await committed(namespace, OLDEST), oldest);
    assert.ok((await uids()).every((uid) => !before.includes(uid)));
    const secret = await kubectl("-n", namespace, "get", "pods", "-l", ETCD, "-o", "jsonpath={..secretName}");
    assert.equal(secret, "visits-store-tls");
  });
});

/** As the notes of the upgrade of chart and operator say. */
async function replaced(before: readonly string[]): Promise<void> {
  await helmUpgrade(namespace, { image: IMAGE, etcdImage: defaultEtcdImage(), access: undefined });
  await until("no counter of 0.1.0 is left", 300, async () =>
    (await pods(namespace)).every(({ metadata }) => !before.includes(metadata.uid)),
  );
}

/** The pods are replaced a second time, which brings TLS. Until the ledger is converted, hits with keys are refused. */
async function secured(): Promise<void> {
  await reason("TLS", 300);
  await ready(namespace, 3, 180);
}

async function converted(): Promise<void> {
  await until("a leader's log says that the ledger is converted", 240, async () => {
    const log = await kubectl("-n", namespace, "logs", "-l", COUNTERS, "-c", "counter", "--tail=-1");
    return log.includes("ledger converted to format 2");
  });
  await until("hits with keys are counted", 90, async () => (await committed(namespace, KEYED)) > 0);
}

/** On the admin port, a program in the pod needs no token. */
async function adjusts(): Promise<void> {
  const set = ["set", "moved", "1000", "--server", `http://127.0.0.1:${ADMIN_PORT}`];
  await kubectl("-n", namespace, "exec", "deployment/visits", "-c", "counter", "--", "node", "cmd/cli.ts", ...set);
  await until("its new value is shown", 60, async () => (await committed(namespace, "moved")) === 1_000);
}

/** Other tests leave a newer definition, over which the release 0.1.0 cannot be installed as it was. */
async function removeUnusedDefinition(): Promise<void> {
  const used = await kubectl("get", "counterclusters", "-A", "-o", "name").catch(() => "");
  if (used.trim() === "") await kubectl("delete", "crd", "counterclusters.globalcluster.dev", "--ignore-not-found");
}

async function secureReason(): Promise<string | undefined> {
  return (await visits(namespace)).status?.conditions?.find(({ type }) => type === "Secure")?.reason;
}

async function reason(expected: string, seconds = 150): Promise<void> {
  await until(`Secure says ${expected}`, seconds, async () => (await secureReason()) === expected);
}

async function uids(): Promise<string[]> {
  const all = [...(await pods(namespace)), ...(await pods(namespace, ETCD))];
  return all.map(({ metadata }) => metadata.uid).sort();
}
