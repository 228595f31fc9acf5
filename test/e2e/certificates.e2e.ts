import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { countsExactlyWhile } from "./counting.ts";
import { kubectl, listObjects, readObject } from "./kubectl.ts";
import { measured } from "./measured.ts";
import { until } from "./programs.ts";
import { install, OPERATOR, removeRelease } from "./release.ts";
import { condition, pods, ready, visits } from "./visits.ts";

const namespace = "global-cluster-e2e-certificates";
const ALL = "app.kubernetes.io/instance=visits,app.kubernetes.io/name=global-cluster";
const ETCD = "app.kubernetes.io/instance=visits,app.kubernetes.io/component=etcd";
const LEAVES = ["visits-counter-tls", "visits-store-tls"];
const AUTHORITY = "visits-authority";
/** Kubelets look at Secrets once in 60 to 90 seconds, which is too slow for lives of two minutes. A change of the pod makes them look at once. */
const NUDGE_MS = 4_000;

describe("on a real cluster, certificates that live two minutes", function () {
  this.timeout(1_500_000);
  before(async () => {
    await install(namespace, { replicas: 3 });
    const lives = ["GLOBAL_CLUSTER_OPERATOR_LEAF_LIFE=2m", "GLOBAL_CLUSTER_OPERATOR_AUTHORITY_LIFE=6m"];
    await kubectl("-n", namespace, "set", "env", "deployment", "-l", OPERATOR, ...lives);
    await kubectl("-n", namespace, "rollout", "status", "deployment", "-l", OPERATOR, "--timeout=150s");
  });
  after(() => removeRelease(namespace));

  it("all Secrets are deleted under load: the operator makes others, the counters go on, and nothing is lost", async () => {
    const before = await counters();
    await countsExactlyWhile({ namespace, counter: "secrets-deleted", rate: 20 }, () =>
      nudged(async () => {
        const old = await certificate(LEAVES[0]!);
        await kubectl("-n", namespace, "delete", "secret", AUTHORITY, ...LEAVES);
        await until("there are new certificates", 150, async () => {
          const now = await certificate(LEAVES[0]!);
          return now !== null && now.serialNumber !== old?.serialNumber;
        });
        await ready(namespace, 3, 180);
      }),
    );
    assert.deepEqual(await counters(), before);
  });

  it("one Secret is emptied: the operator fills it again", async () => {
    await kubectl("-n", namespace, "patch", "secret", LEAVES[0]!, "-p", '{"data":{"tls.crt":"","tls.key":""}}');
    await until("it has a certificate", 90, () => certificate(LEAVES[0]!));
    await ready(namespace, 3);
  });

  it("network policies that are refused are told, and those that are enforced, too", async () => {
    await isolated("Enforced", 180);
    await kubectl(
      "-n",
      namespace,
      "create",
      "quota",
      "no-policies",
      "--hard=count/networkpolicies.networking.k8s.io=0",
    );
    await kubectl("-n", namespace, "delete", "networkpolicies", "--all");
    await isolated("PolicyRefused", 150);
    await kubectl("-n", namespace, "delete", "quota", "no-policies");
    await isolated("Enforced", 180);
  });

  it("leaves and the authority are renewed under load: no counter restarts, and all hits are counted", async () => {
    const before = await counters();
    const seen = new Seen();
    const sent = await countsExactlyWhile({ namespace, counter: "rotated", rate: 20, seconds: 700 }, () =>
      nudged(async () => {
        await until("two authorities have issued, and the first is no longer trusted", 1300, async () => {
          await seen.look();
          return seen.authorities.size >= 2 && seen.trusted === 1 && seen.mostTrusted >= 2;
        });
        await ready(namespace, 3, 180);
      }),
    );
    assert.deepEqual(await counters(), before);
    assert.equal(condition((await visits(namespace)).status, "Secure"), "True");
    assert.ok(seen.storePods.size >= 2, "the store was restarted for the new authority");
    assert.ok(seen.leaves.size >= 4, `${seen.leaves.size} certificates`);
    assert.ok((await renewals()) >= 9, "the counters themselves have read renewed certificates");
    measured("certificates of counters, made while hits were counted", seen.leaves.size, `${sent.acknowledged} hits`);
    measured("authorities that issued meanwhile", seen.authorities.size, "");
    measured("pods of the store meanwhile", seen.storePods.size, "etcd reads authorities only when it starts");
  });
});

async function isolated(reason: string, seconds: number): Promise<void> {
  await until(`Isolated says ${reason}`, seconds, async () => {
    const { status } = await visits(namespace);
    return status?.conditions?.find(({ type }) => type === "Isolated")?.reason === reason;
  });
}

/** What was seen of the Secrets while they changed. */
class Seen {
  readonly leaves = new Set<string>();
  /** Subjects of the authorities that have issued. */
  readonly authorities = new Set<string>();
  readonly storePods = new Set<string>();
  trusted = 0;
  mostTrusted = 0;

  async look(): Promise<void> {
    const secret = await texts(LEAVES[0]!);
    const leaf = new X509Certificate(secret["tls.crt"] ?? "");
    this.leaves.add(leaf.serialNumber);
    this.authorities.add(leaf.issuer);
    this.trusted = (secret["ca.crt"] ?? "").match(/BEGIN CERTIFICATE/g)?.length ?? 0;
    this.mostTrusted = Math.max(this.mostTrusted, this.trusted);
    for (const { metadata } of await pods(namespace, ETCD)) this.storePods.add(metadata.uid);
  }
}

/** Runs `act` while kubelets look at the pods' Secrets every few seconds. */
async function nudged(act: () => Promise<unknown>): Promise<void> {
  let ended = false;
  const nudging = (async () => {
    for (let tick = 0; !ended; tick++) {
      await kubectl("-n", namespace, "annotate", "pods", "-l", ALL, `example.org/tick=${tick}`, "--overwrite").catch(
        () => {},
      );
      await new Promise((resolve) => setTimeout(resolve, NUDGE_MS));
    }
  })();
  try {
    await act();
  } finally {
    ended = true;
    await nudging;
  }
}

interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

async function texts(name: string): Promise<Readonly<Record<string, string>>> {
  const { data = {} } = (await readObject<Secret>(namespace, "secret", name)) ?? {};
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}

/** Null: there is none. */
async function certificate(name: string): Promise<X509Certificate | null> {
  const { "tls.crt": text = "" } = await texts(name);
  return text === "" ? null : new X509Certificate(text);
}

/** The counters' pods, and how often each has restarted. */
async function counters(): Promise<string[]> {
  type Pod = KubernetesObject & {
    readonly status: { readonly containerStatuses?: { readonly restartCount: number }[] };
  };
  const all = await listObjects<Pod>(
    namespace,
    "pods",
    "app.kubernetes.io/instance=visits,app.kubernetes.io/component=counter",
  );
  return all.map(({ metadata, status }) => `${metadata.uid} ${status.containerStatuses?.[0]?.restartCount}`).sort();
}

/** How often counters have said that they read renewed certificates. */
async function renewals(): Promise<number> {
  const logs = await kubectl("-n", namespace, "logs", "-l", "app.kubernetes.io/component=counter", "--tail=-1");
  return logs.match(/certificates renewed/g)?.length ?? 0;
}
