import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStoreTls } from "../../../cmd/node/open_store_tls.ts";
import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { CertificatesError } from "../../../internal/ports/certificates.ts";
import { TestAuthority } from "../../adapters/x509/test_authority.ts";
import { eventually } from "../../eventually.ts";
import { silentLog as logger } from "../../ports/store/store_backends.ts";

const CHECK_MS = 20;

/** A node with a certificate of its cluster accepts the cluster's store alone, and only sets of files that fit together. */
describe("certificates for the store", () => {
  let folder: string;
  let authority: TestAuthority;
  before(async () => {
    authority = await TestAuthority.create();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "store-tls-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const files = () => ({ ca: join(folder, "ca"), cert: join(folder, "cert"), key: join(folder, "key") });
  const present = () => ({
    ca: readFileSync(files().ca),
    cert: readFileSync(files().cert),
    key: readFileSync(files().key),
  });
  const open = () => openStoreTls({ files: files(), present }, { clock, logger, checkMs: CHECK_MS });

  function write(texts: { ca?: string; cert?: string; key?: string }): void {
    for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  }

  it("name the store that they ask for, and stay together while one file is newer than the others", async () => {
    const [first, second] = [await authority.set(), await authority.set()];
    write({ ca: first.ca, cert: first.cert, key: first.key });
    const opened = await open();
    assert.deepEqual(opened.present().server, { cluster: "shop.web", role: "store" });
    write({ cert: second.cert });
    await new Promise((resolve) => setTimeout(resolve, CHECK_MS * 5));
    assert.equal(String(opened.present().cert), first.cert);
    write({ key: second.key });
    await eventually(() => String(opened.present().cert) === second.cert);
    assert.equal(String(opened.present().key), second.key);
    opened.stop();
  });

  it("do not fit together: the node does not start", async () => {
    const { ca, cert } = await authority.set();
    write({ ca, cert, key: (await authority.set()).key });
    await assert.rejects(open(), CertificatesError);
  });

  it("of somebody else's etcd ask for its host name alone", async () => {
    const opened = await openStoreTls(
      { files: null, present: () => ({ ca: Buffer.from(authority.pem) }) },
      { clock, logger },
    );
    assert.equal(opened.present().server, undefined);
  });
});
