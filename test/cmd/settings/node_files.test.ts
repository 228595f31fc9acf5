import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeReadOnly, withSmallDisk } from "../../adapters/disk/small_disk.ts";
import { needs } from "../../needs.ts";
import { mistakes, settings } from "./parsed_node.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/** Settings that name a store, a file or a directory: what is there is looked at before anything starts. */
describe("node settings: files and stores", () => {
  let directory: string;
  let pem: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "settings-"));
    pem = file("ca.pem", PEM);
  });
  after(() => rmSync(directory, { recursive: true }));

  it("parse several etcd endpoints, with a default port and IPv6", () => {
    assert.deepEqual(settings(["--store", "etcd://a.example:2379,10.0.0.2,[::1]:9"]).store, {
      kind: "etcd",
      endpoints: ["a.example:2379", "10.0.0.2:2379", "[::1]:9"],
      prefix: "/global-cluster/",
    });
  });

  it("read certificates and the password file", () => {
    const flags = [
      "--store",
      "etcd://e:1",
      "--etcd-ca",
      pem,
      "--etcd-cert",
      pem,
      "--etcd-key",
      pem,
      "--etcd-user",
      "root",
    ];
    const { store } = settings([...flags, "--etcd-password-file", file("password", "s3cret\n")]);
    assert.ok(store.kind === "etcd");
    assert.equal(store.tls?.present().key?.toString(), PEM);
    assert.deepEqual(store.auth, { username: "root", password: "s3cret" });
    const fromVariable = settings(flags, { GLOBAL_CLUSTER_ETCD_PASSWORD: "other" }).store;
    assert.deepEqual(fromVariable.kind === "etcd" && fromVariable.auth, { username: "root", password: "other" });
  });

  it("reload renewed certificates, and keep the last ones while the file is empty", () => {
    const renewed = file("renewed.pem", PEM);
    const { store } = settings(["--store", "etcd://e:1", "--etcd-ca", renewed]);
    assert.ok(store.kind === "etcd");
    const ca = () => store.tls?.present().ca.toString();
    assert.equal(ca(), PEM);
    file("renewed.pem", `${PEM}and another`);
    assert.equal(ca(), `${PEM}and another`);
    file("renewed.pem", "");
    assert.equal(ca(), `${PEM}and another`);
  });

  it("refuse files that are not readable or have other content", () => {
    const nowhere = join(directory, "nowhere");
    const text = file("text", "hello");
    const empty = file("empty", "");
    const argv = ["--store", `sqlite:${directory}`, "--data-dir", text, "--etcd-ca", nowhere, "--etcd-cert", directory];
    assert.deepEqual(mistakes([...argv, "--etcd-key", text, "--etcd-password-file", empty]), [
      `--store must be a file, but it is a directory, not "sqlite:${directory}"`,
      `--etcd-ca must be a readable file (it does not exist), not "${nowhere}"`,
      `--etcd-cert must be a readable file (it is a directory), not "${directory}"`,
      `--etcd-key must be a PEM file: a line must begin with -----BEGIN, not "${text}"`,
      `--etcd-password-file must be a file with the password in its first line, which is empty, not "${empty}"`,
      `--data-dir must be a directory (or none), but it is a file, not "${text}"`,
    ]);
  });

  it("refuse a client certificate without its key, and one without etcd's authority", () => {
    const store = ["--store", "etcd://a", "--etcd-cert", pem];
    assert.deepEqual(mistakes([...store, "--etcd-ca", pem]), ["--etcd-cert needs --etcd-key"]);
    assert.deepEqual(mistakes([...store, "--etcd-key", pem]), ["--etcd-cert needs --etcd-ca"]);
  });

  it("refuse paths that are not writable", function () {
    needs(this, "mount");
    withSmallDisk(64 * 1024, (disk) => {
      makeReadOnly(disk);
      const argv = ["--data-dir", join(disk, "a", "b"), "--store", `sqlite:${disk}/c/store.sqlite`];
      assert.deepEqual(mistakes(argv), [
        `--store must be a writable file (${disk}: read-only file system), not "sqlite:${disk}/c/store.sqlite"`,
        `--data-dir must be a writable directory (${disk}: read-only file system), not "${disk}/a/b"`,
      ]);
    });
  });

  function file(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }
});
