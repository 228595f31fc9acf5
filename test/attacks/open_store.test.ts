import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthority, issueCertificate } from "../../internal/adapters/x509/certificates.ts";
import { requireEtcd } from "../adapters/etcd/etcd_process.ts";
import { TestMembers } from "../services/etcd_member/etcd_members.ts";
import { attack } from "./06_open_store.ts";
import { CannotRun } from "./attack.ts";

/** The attack on the store, against an etcd as the operator runs it: with TLS it is refused, and without it is not. */
describe("attack 6, on the store", () => {
  let cluster: TestMembers;
  let folder: string;
  before(function () {
    requireEtcd(this);
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "open-store-"));
    cluster = await TestMembers.make(1);
  });
  afterEach(async () => {
    await cluster.end();
    rmSync(folder, { recursive: true });
  });

  const run = () => {
    const [member] = cluster.all;
    return attack.run({ publicUrl: "", counter: "", seconds: 5, storeAddress: member!.endpoint });
  };

  it("is refused by a store with TLS", async () => {
    cluster.all[0]!.tls = await files();
    await cluster.up();
    assert.deepEqual(await run(), { seen: "nothing was done in 3 ways", held: true });
  });

  it("succeeds against a store without", async () => {
    await cluster.up();
    const { seen, held } = await run();
    assert.equal(held, false);
    assert.match(seen, /read in plain text, write in plain text, delete in plain text/);
  });

  it("says nothing about a store that is not there", () => assert.rejects(run(), CannotRun));

  async function files() {
    const dates = { notBefore: Date.now() - 1_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ cluster: "visits.web", ...dates });
    const identity = { cluster: "visits.web", role: "store" } as const;
    const ipAddresses = [cluster.all[0]!.endpoint.replace(/:.*/, "")];
    const { certificate, key } = await issueCertificate(authority, { identity, ipAddresses, ...dates });
    const written = (name: string, text: string) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    };
    return {
      ca: written("ca.crt", authority.certificate),
      cert: written("tls.crt", certificate),
      key: written("tls.key", key),
    };
  }
});
