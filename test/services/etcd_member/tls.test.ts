import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdClient } from "../../../internal/adapters/etcd/etcd_client.ts";
import { probe, type TlsSettings } from "../../../internal/adapters/etcd/probe.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { createAuthority, issueCertificate, type KeyPair } from "../../../internal/adapters/x509/certificates.ts";
import type { Role } from "../../../internal/core/identity/identity.ts";
import { requireEtcd } from "../../adapters/etcd/etcd_process.ts";
import { eventually } from "../../eventually.ts";
import { type MemberFiles, type TestMember, TestMembers } from "./etcd_members.ts";

/**
 * The contract: a managed etcd with TLS lets only holders of certificates read and write, and only members be members. It takes renewed
 * certificates while it runs, but another authority only when it starts. TLS can be turned on one member at a time.
 */
describe("etcd members with TLS", () => {
  let cluster: TestMembers;
  let folder: string;
  let authority: KeyPair;
  before(async function () {
    requireEtcd(this);
    folder = mkdtempSync(join(tmpdir(), "tls-members-"));
    authority = await newAuthority();
  });
  after(() => folder && rmSync(folder, { recursive: true }));
  afterEach(() => cluster.end());

  async function begin(count: 1 | 3): Promise<readonly TestMember[]> {
    cluster = await TestMembers.make(count);
    return cluster.all;
  }

  async function withTls(members: readonly TestMember[], signer = authority): Promise<void> {
    for (const member of members) member.tls = await filesFor(folder, member, signer);
  }

  it("let nobody read or write without a certificate of their authority", async () => {
    const [a] = await begin(1);
    await withTls([a!]);
    await cluster.up();
    await put(a!, await clientOf(authority, "counter", a!), "k", "v");
    for (const [who, tls, reason] of [
      ["plain text", null, /closed|socket|reset|ECONNRESET|Protocol/i],
      ["no certificate", { ca: Buffer.from(authority.certificate) }, /certificate required/i],
      [
        "a foreign certificate",
        await clientOf(await newAuthority(), "counter", a!, authority),
        /unknown ca|bad certificate/i,
      ],
    ] as const) {
      await assert.rejects(probe(a!.endpoint, tls, 10_000, clock), reason, who);
    }
  });

  it("serve nothing but health where probes ask", async () => {
    const [a] = await begin(1);
    await withTls([a!]);
    await cluster.up();
    const status = (path: string, body?: string) =>
      fetch(`http://${a!.readyEndpoint}${path}`, body ? { method: "POST", body } : {}).then((answer) => answer.status);
    await eventually(async () => (await status("/readyz")) === 200);
    assert.equal(await status("/v3/kv/range", `{"key":"aw=="}`), 404);
    assert.equal(await status("/v3/kv/put", `{"key":"aw==","value":"dg=="}`), 404);
  });

  it("let a counter not pass for a member", async () => {
    const [a] = await begin(1);
    await withTls([a!]);
    await cluster.up();
    const asked = async (role: Role) => {
      const tls = await clientOf(authority, role, a!);
      return requestStatus(a!.peerEndpoint, "/members", tls);
    };
    assert.equal(await asked("store"), 200);
    await assert.rejects(asked("counter"), /bad certificate|authentication failed|alert/i);
  });

  it("take renewed certificates at once, and another authority when they are restarted", async () => {
    const [a] = await begin(1);
    await withTls([a!]);
    await cluster.up();
    const next = await newAuthority();
    const files = a!.tls as MemberFiles;
    replace(files.ca, authority.certificate + next.certificate);
    await replaceLeaf(files, a!, next);
    const trustsBoth = { ca: Buffer.from(authority.certificate + next.certificate) };
    const [old, renewed] = [await clientOf(authority, "counter", a!), await clientOf(next, "counter", a!)];
    await put(a!, { ...old, ...trustsBoth }, "k", "v");
    // Without `next`, the certificate that etcd shows now is not trusted: it is the renewed one.
    await assert.rejects(probe(a!.endpoint, old, 10_000, clock), /unable to verify|self.signed|issuer/i);
    await assert.rejects(
      probe(a!.endpoint, { ...renewed, ...trustsBoth }, 10_000, clock),
      /unknown ca|bad certificate/i,
    );
    await a!.kill();
    await a!.up();
    await put(a!, { ...renewed, ...trustsBoth }, "k", "v");
  });

  it("found a cluster of three, and a member that lost its disk joins again", async () => {
    const members = await begin(3);
    await withTls(members);
    await cluster.up();
    const tls = await clientOf(authority, "counter", ...members);
    await put(members[0]!, tls, "k", "v");
    await members[2]!.loseDisk();
    await members[2]!.up();
    await eventually(async () => (await members[2]!.keys()) === 1);
  });

  for (const count of [1, 3] as const) {
    it(`turn TLS on, one of ${count} after the other, and keep everything`, async () => {
      const members = await begin(count);
      await cluster.up();
      await putPlain(members[0]!, "before", "v");
      for (const member of members.toReversed()) {
        await member.kill();
        await withTls([member]);
        await member.up();
      }
      const tls = await clientOf(authority, "counter", ...members);
      for (const member of members) await put(member, tls, member.name, "v");
      for (const member of members) await eventually(async () => (await member.keys()) === 1 + count);
    });
  }
});

const LIFE_MS = 3_600_000;

function dates() {
  return { notBefore: Date.now() - 60_000, notAfter: Date.now() + LIFE_MS };
}

function newAuthority(): Promise<KeyPair> {
  return createAuthority({ cluster: "visits.web", ...dates() });
}

function issue(signer: KeyPair, role: Role, members: readonly TestMember[]): Promise<KeyPair> {
  const ipAddresses = members.map(({ endpoint }) => endpoint.replace(/:.*/, ""));
  return issueCertificate(signer, { identity: { cluster: "visits.web", role }, ipAddresses, ...dates() });
}

/** `trusted`: the authority of the server, if it is another one. */
async function clientOf(
  signer: KeyPair,
  role: Role,
  ...members: readonly (TestMember | KeyPair)[]
): Promise<TlsSettings> {
  const pairs = members.filter((one): one is KeyPair => "certificate" in one);
  const { certificate, key } = await issue(
    signer,
    role,
    members.filter((one): one is TestMember => "endpoint" in one),
  );
  const ca = (pairs[0] ?? signer).certificate;
  return { ca: Buffer.from(ca), cert: Buffer.from(certificate), key: Buffer.from(key) };
}

async function filesFor(folder: string, member: TestMember, signer: KeyPair): Promise<MemberFiles> {
  const path = (name: string) => join(folder, `${member.endpoint}-${name}`);
  const files = { ca: path("ca.crt"), cert: path("tls.crt"), key: path("tls.key") };
  replace(files.ca, signer.certificate);
  await replaceLeaf(files, member, signer);
  return files;
}

async function replaceLeaf(files: MemberFiles, member: TestMember, signer: KeyPair): Promise<void> {
  const { certificate, key } = await issue(signer, "store", [member]);
  replace(files.cert, certificate);
  replace(files.key, key);
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
  assert.equal(readFileSync(path, "utf8"), text);
}

function putPlain(member: TestMember, key: string, value: string): Promise<void> {
  return put(member, null, key, value);
}

async function put(member: TestMember, tls: TlsSettings | null, key: string, value: string): Promise<void> {
  const client = new EtcdClient(member.endpoint, tls);
  try {
    await eventually(async () => {
      if (!(await client.connect(10_000))) return false;
      const reply = await client.send("KV", "put", { key: Buffer.from(key), value: Buffer.from(value) }, null, 10_000);
      return "response" in reply;
    });
  } finally {
    client.close();
  }
}

async function requestStatus(endpoint: string, path: string, { ca, cert, key }: TlsSettings): Promise<number> {
  const { request } = await import("node:https");
  return new Promise((resolve, reject) => {
    const asking = request(`https://${endpoint}${path}`, { ca, cert, key, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.once("error", reject).end();
  });
}
