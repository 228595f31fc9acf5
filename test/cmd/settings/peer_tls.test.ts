import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mistakes, settings } from "./parsed_node.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const ADDRESS = ["--peer-host", "10.1.2.3"];

/** Where other machines reach the peer port, a node needs certificates, or a person who says that it needs none. */
describe("node settings: peers", () => {
  let directory: string;
  let flags: string[];
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "peer-settings-"));
    flags = ["ca", "cert", "key"].flatMap((name) => {
      writeFileSync(join(directory, `${name}.pem`), PEM);
      return [`--peer-${name}`, join(directory, `${name}.pem`)];
    });
  });
  after(() => rmSync(directory, { recursive: true }));

  it("need nothing on loopback", () => {
    for (const host of ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost"])
      assert.deepEqual(settings(["--host", host]).peerSecurity, { files: null, plainToo: false }, host);
    assert.equal(settings(["--host", "0.0.0.0", "--peer-host", "127.0.0.1"]).peerSecurity.files, null);
  });

  it("are refused without certificates at every other address, with what to do", () => {
    const others = [ADDRESS, ["--host", "node1"], ["--host", "127.0.0.1.example.com"], ["--host", "::2"]];
    for (const argv of others) {
      const [mistake, ...more] = mistakes(argv);
      assert.deepEqual(more, []);
      assert.match(mistake ?? "", /^--peer-ca must be set, .*other machines can reach .*`global-cluster certificates`/);
      assert.match(mistake ?? "", /--peer-insecure/);
    }
  });

  it("have certificates, as absolute paths", () => {
    const files = { ca: join(directory, "ca.pem"), cert: join(directory, "cert.pem"), key: join(directory, "key.pem") };
    assert.deepEqual(settings([...ADDRESS, ...flags]).peerSecurity, { files, plainToo: false });
  });

  it("may go without, if that is said; with certificates it means both", () => {
    assert.deepEqual(settings([...ADDRESS, "--peer-insecure"]).peerSecurity, { files: null, plainToo: false });
    assert.equal(settings([...ADDRESS, ...flags, "--peer-insecure"]).peerSecurity.plainToo, true);
    const env = (text: string) => ({ GLOBAL_CLUSTER_PEER_INSECURE: text });
    assert.deepEqual(settings(ADDRESS, env("yes")).peerSecurity, { files: null, plainToo: false });
    assert.deepEqual(mistakes([], env("false")), [
      'GLOBAL_CLUSTER_PEER_INSECURE must be yes, or not be set at all, not "false"',
    ]);
  });

  it("need all three files", () => {
    const [ca, caFile, cert, certFile, key, keyFile] = flags as [string, string, string, string, string, string];
    assert.deepEqual(mistakes([...ADDRESS, ca, caFile, cert, certFile]), ["--peer-ca needs --peer-key"]);
    assert.deepEqual(mistakes([...ADDRESS, cert, certFile, key, keyFile]), [
      "--peer-cert needs --peer-ca",
      "--peer-key needs --peer-ca",
    ]);
    const nowhere = join(directory, "nowhere");
    assert.deepEqual(mistakes([ca, nowhere, cert, certFile, key, keyFile]), [
      `--peer-ca must be a readable file (it does not exist), not "${nowhere}"`,
    ]);
  });
});
