import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificateSet } from "../../../internal/adapters/tls/certificate_set.ts";
import { readCertificate, readCertificates } from "../../../internal/adapters/x509/certificates.ts";

const CLI = ["cmd/cli.ts", "certificates"];

/** One command makes, renews and rotates what nodes on several machines need. It never overwrites an authority. */
describe("global-cluster certificates", () => {
  let parent: string;
  let dir: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), "certificates-command-"));
    dir = join(parent, "set");
  });
  afterEach(() => rmSync(parent, { recursive: true }));

  const run = (...flags: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [...CLI, "--dir", dir, ...flags], {
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  const made = (...flags: string[]) => {
    const { status, stdout, stderr } = run(...flags);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const text = (...path: string[]) => readFileSync(join(dir, ...path), "utf8");
  const setOf = (role: string) =>
    certificateSet({ ca: text(role, "ca.crt"), cert: text(role, "tls.crt"), key: text(role, "tls.key") });

  it("makes a set that fits together, and that only its owner may read", () => {
    const said = made("--cluster", "shop");
    assert.match(said, /Made an authority and certificates of the cluster shop/);
    assert.match(said, /--peer-ca counter\/ca\.crt --peer-cert counter\/tls\.crt --peer-key counter\/tls\.key/);
    for (const role of ["counter", "store"]) assert.deepEqual(setOf(role).identity, { cluster: "shop", role });
    const files = readdirSync(dir, { recursive: true, withFileTypes: true });
    assert.equal(files.filter((file) => file.isFile()).length, 8);
    for (const file of files) {
      const { mode } = statSync(join(file.parentPath, file.name));
      assert.equal(mode & 0o777, file.isFile() ? 0o600 : 0o700, file.name);
    }
    assert.equal(statSync(dir).mode & 0o777, 0o700);
  });

  it("does not overwrite an authority", () => {
    made();
    const before = text("authority.crt") + text("authority.key") + text("counter", "tls.crt");
    const { status, stderr } = run();
    assert.equal(status, 1);
    assert.match(stderr, /No certificates made: Cannot make an authority in .*: it has one already\. --renew/);
    assert.equal(text("authority.crt") + text("authority.key") + text("counter", "tls.crt"), before);
  });

  it("renews certificates from their authority, and keeps what they name", () => {
    made("--store-hosts", "etcd.example,10.0.0.7", "--days", "2");
    const before = readCertificate(text("store", "tls.crt"));
    assert.deepEqual([before.dnsNames, before.ipAddresses], [["etcd.example"], ["10.0.0.7"]]);
    made("--renew");
    const after = readCertificate(text("store", "tls.crt"));
    assert.deepEqual([after.dnsNames, after.ipAddresses], [["etcd.example"], ["10.0.0.7"]]);
    assert.equal(after.issuerKeyId, before.issuerKeyId);
    assert.notEqual(after.serial, before.serial);
    assert.ok(after.notAfter > before.notAfter);
    assert.deepEqual(setOf("store").identity.cluster, "global-cluster");
  });

  it("never makes a certificate that outlives its authority", () => {
    made("--authority-days", "1", "--days", "30");
    const [authority, leaf] = [readCertificate(text("authority.crt")), readCertificate(text("counter", "tls.crt"))];
    assert.ok(leaf.notAfter <= authority.notAfter);
  });

  it("changes the authority in three steps, in each of which old and new certificates are trusted", () => {
    made();
    const old = setOf("counter");
    const trusts = (ca: string, { cert, key }: { cert: string; key: string }) => certificateSet({ ca, cert, key });
    assert.match(made("--rotate"), /^Step 1 of 3.*every ca\.crt.*--rotate again/);
    const first = setOf("counter");
    assert.equal(first.cert, old.cert);
    assert.equal(readCertificates(first.ca).length, 2);
    assert.match(made("--rotate"), /^Step 2 of 3.*--rotate again/);
    const second = setOf("counter");
    assert.notEqual(second.cert, old.cert);
    trusts(first.ca, second);
    trusts(second.ca, first);
    assert.match(made("--rotate"), /^Step 3 of 3/);
    const third = setOf("counter");
    assert.equal(third.cert, second.cert);
    trusts(second.ca, third);
    assert.throws(() => trusts(third.ca, old), /not in the file of authorities/);
    assert.deepEqual(
      readCertificates(third.ca).map(({ keyId }) => keyId),
      [readCertificate(text("authority.crt")).keyId],
    );
    for (const name of ["next.crt", "next.key", "previous.crt", "previous.key"])
      assert.ok(!existsSync(join(dir, name)));
  });

  it("says what is wrong, and changes nothing", () => {
    const cases: [flags: string[], status: number, words: RegExp][] = [
      [["--renew"], 1, /--renew needs an authority in .*: make one without --renew/],
      [["--rotate"], 1, /--rotate needs an authority/],
      [["--renew", "--rotate"], 2, /--rotate cannot be combined with --renew/],
      [["--cluster", "No"], 2, /--cluster must be a name of a-z and 0-9/],
      [["--days", "0"], 2, /--days must be a whole number from 1/],
      [["--store-hosts", "a b"], 2, /--store-hosts must be a comma-separated list of host names and IP addresses/],
    ];
    for (const [flags, status, words] of cases) {
      const seen = run(...flags);
      assert.equal(seen.status, status, flags.join(" "));
      assert.match(seen.stderr, words);
    }
    assert.ok(!existsSync(dir));
    made("--cluster", "shop");
    const other = run("--renew", "--cluster", "other");
    assert.equal(other.status, 1);
    assert.match(other.stderr, /is of the cluster shop, not of other/);
  });

  it("has its own help", () => {
    const { status, stdout } = run("--help");
    assert.equal(status, 0);
    assert.match(stdout, /global-cluster certificates[\s\S]*--renew[\s\S]*--rotate/);
  });
});
