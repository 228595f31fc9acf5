import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COUNTER, HOUR_MS, type Hours, TestAuthority } from "../adapters/x509/test_authority.ts";
import { needs } from "../needs.ts";
import { NodeProcess } from "./node_process.ts";
import type { RealCluster } from "./real_cluster.ts";
import { ShiftedClock } from "./shifted_clock.ts";
import { onEtcd, onSqlite } from "./stores.ts";

const DAY: Hours = [-12, 12];
const EXIT_SETTINGS = 2;
/** Nodes look at their files every 5 s; a busy machine may need more. */
const SEEN_MS = 60_000;

/** Real nodes that know each other by certificates. Whatever happens to those, no hit is lost and no node is restarted. */
describe("nodes with certificates", () => {
  let folder: string;
  let authority: TestAuthority;
  before(async () => {
    authority = await TestAuthority.create();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "node-certificates-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const fileOf = (node: string, name: string) => join(folder, node, name);
  const flagsOf = (node: string) => ["ca", "cert", "key"].flatMap((name) => [`--peer-${name}`, fileOf(node, name)]);
  const put = (node: string, texts: { ca?: string; cert?: string; key?: string }) => {
    mkdirSync(join(folder, node), { recursive: true });
    for (const [name, text] of Object.entries(texts)) writeFileSync(fileOf(node, name), text);
  };
  const issue = async (node: string, by = authority, trusted = [by], hours = DAY) => {
    const { certificate: cert, key } = await by.issue(COUNTER, hours);
    put(node, { ca: trusted.map(({ pem }) => pem).join(""), cert, key });
  };
  const NAMES = ["n1", "n2", "n3"];
  const issueAll = async (by = authority, trusted = [by]) => {
    for (const name of NAMES) await issue(name, by, trusted);
  };
  const trustAll = (...trusted: TestAuthority[]) => {
    for (const name of NAMES) put(name, { ca: trusted.map(({ pem }) => pem).join("") });
  };
  /** Until every node has said this line once more. */
  const said = async (cluster: RealCluster, line: string, act: () => unknown) => {
    const times = () => cluster.nodes.map(({ output }) => output.split(line).length);
    const before = times();
    await act();
    await cluster.until(`all nodes say: ${line}`, () => times().every((count, i) => count > before[i]!), SEEN_MS);
  };
  const RENEWED = "certificates renewed";

  onSqlite((store) => {
    it("count exactly while certificates and then their authority are renewed under load, and no node restarts", async function () {
      needs(this, "more time");
      await issueAll();
      const cluster = await store.cluster({ flags: flagsOf });
      cluster.load.start();
      await cluster.acknowledged(100);
      await said(cluster, RENEWED, issueAll);
      const next = await TestAuthority.create();
      await said(cluster, RENEWED, () => trustAll(authority, next));
      await said(cluster, RENEWED, () => issueAll(next, [authority, next]));
      await said(cluster, RENEWED, () => trustAll(next));
      await cluster.acknowledged(100);
      await cluster.leader();
      await cluster.assertExact();
      for (const { life, output } of cluster.nodes) {
        assert.equal(life, 1);
        // On a busy machine a caller may give up during a handshake. That is logged, too, and names no certificate. Another may lead, too.
        assert.doesNotMatch(output, /refused a peer's connection.*certificate|closed a peer's connection/);
      }
    });

    it("go on with what they have when their files are emptied and deleted, and take the next ones", async function () {
      needs(this, "more time");
      await issueAll();
      const cluster = await store.cluster({ flags: flagsOf });
      cluster.load.start();
      await cluster.acknowledged(100);
      await said(cluster, "certificate files cannot be used; the last good ones stay in use", () => {
        put("n1", { ca: "", cert: "", key: "" });
        rmSync(join(folder, "n2"), { recursive: true });
        put("n3", { cert: "nonsense" });
      });
      await cluster.acknowledged(100);
      await cluster.leader();
      await said(cluster, RENEWED, issueAll);
      await cluster.assertExact();
    });

    it("whose certificate has expired keep their hits, say why on both sides, and recover when it is renewed", async function () {
      needs(this, "more time");
      await issueAll();
      await issue("n3", authority, [authority], [-2, -1]);
      const cluster = await store.cluster({ nodes: 2, flags: flagsOf });
      const expired = await cluster.newNode();
      await expired.start();
      cluster.load.start();
      await cluster.acknowledged(200);
      await cluster.until("it says so", () =>
        /other nodes refuse this node's certificate.*expired at/.test(expired.output),
      );
      await cluster.until("a node says why", () =>
        cluster.nodes.slice(0, 2).some(({ output }) => /its certificate expired at .* clock says/.test(output)),
      );
      await issue("n3");
      await cluster.until("it follows", () => /following leader/.test(expired.output), SEEN_MS * 2);
      await cluster.assertExact();
    });
  });

  // SQLite's nodes share one machine, and so one clock.
  onEtcd((store) => {
    it("whose clock is a day off keep their hits, say why, and go on when it is right again", async function () {
      needs(this, "more time");
      await issueAll();
      const cluster = await store.cluster({ nodes: 2, flags: flagsOf });
      const astray = await cluster.newNode();
      const clock = new ShiftedClock(join(folder, "clock"));
      clock.shift(24 * HOUR_MS);
      astray.nodeFlags = clock.nodeFlags;
      await astray.start();
      cluster.load.start();
      await cluster.acknowledged(200);
      await cluster.until("it says why", () =>
        /other nodes refuse this node's certificate.*expired at .* this machine's clock says/.test(astray.output),
      );
      assert.doesNotMatch(astray.output, /following leader|became leader/);
      clock.shift(0);
      await cluster.until("it follows", () => /following leader/.test(astray.output), SEEN_MS * 2);
      await cluster.assertExact();
      assert.equal(astray.life, 1);
    });
  });

  const bad: [what: string, change: () => Promise<void>, words: RegExp][] = [
    [
      "a key of another certificate",
      async () => put("n1", { key: (await authority.issue()).key }),
      /the key is not that of the certificate/,
    ],
    [
      "a certificate of another authority",
      async () => put("n1", { ca: (await TestAuthority.create()).pem }),
      /is not in the file of authorities/,
    ],
    [
      "a certificate of the store",
      async () => {
        const { certificate: cert, key } = await authority.issue({ ...COUNTER, role: "store" });
        put("n1", { cert, key });
      },
      /it names spiffe:\/\/shop\.web\/store; this process needs one that names spiffe:\/\/shop\.web\/counter/,
    ],
  ];
  for (const [what, change, words] of bad) {
    it(`do not start with ${what}, and say what to change`, async () => {
      await issue("n1");
      await change();
      const node = new NodeProcess("n1", 0, [
        "--store",
        `sqlite:${folder}/s.sqlite`,
        "--data-dir",
        "none",
        ...flagsOf("n1"),
      ]);
      const [code] = await once(node.launch(), "close");
      assert.equal(code, EXIT_SETTINGS, node.output);
      assert.match(node.output, words);
      assert.match(node.output, /\(settings --peer-ca, --peer-cert, --peer-key, /);
    });
  }

  it("do not start at an address that other machines reach without them", async () => {
    const node = new NodeProcess("n1", 0, ["--store", `sqlite:${folder}/s.sqlite`, "--peer-host", "10.1.2.3"]);
    const [code] = await once(node.launch(), "close");
    assert.equal(code, EXIT_SETTINGS);
    assert.match(
      node.output,
      /--peer-ca must be set.*other machines can reach 10\.1\.2\.3.*global-cluster certificates/,
    );
  });
});
