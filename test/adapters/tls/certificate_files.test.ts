import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { CertificateFiles } from "../../../internal/adapters/tls/certificate_files.ts";
import { CertificatesError } from "../../../internal/ports/certificates.ts";
import { eventually } from "../../eventually.ts";
import { COUNTER, HOUR_MS, type Hours, TestAuthority } from "../x509/test_authority.ts";

/** Certificates are renewed in place while a node runs. Whatever happens to the files, the last good set stays in use. */
describe("certificate files", () => {
  let authority: TestAuthority;
  let folder: string;
  let files: CertificateFiles | undefined;
  let lines: string[];
  let wallOffset: number;
  const clock = { ...systemClock, wall: () => Date.now() + wallOffset };
  const write = (level: string) => (event: string, fields?: object) =>
    void lines.push(`${level} ${event} ${JSON.stringify(fields)}`);
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  before(async () => {
    authority = await TestAuthority.create();
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "certificate-files-"));
    lines = [];
    wallOffset = 0;
  });
  afterEach(() => {
    files?.stop();
    rmSync(folder, { recursive: true });
  });

  const paths = () => ({ ca: join(folder, "ca.crt"), cert: join(folder, "tls.crt"), key: join(folder, "tls.key") });
  const put = (texts: { ca?: string; cert?: string; key?: string }, at = paths()) => {
    for (const [name, text] of Object.entries(texts)) writeFileSync(at[name as keyof typeof at], text);
  };
  const issued = async (hours?: Hours, identity = COUNTER) => {
    const { certificate: cert, key } = await authority.issue(identity, hours);
    return { ca: authority.pem, cert, key };
  };
  const open = async () => {
    files = await CertificateFiles.open(paths(), "counter", { clock, logger, checkMs: 10 });
    return files;
  };
  const lineLike = (pattern: RegExp) => eventually(() => lines.some((line) => pattern.test(line)));
  const certBecomes = (cert: string) => eventually(() => files?.current.cert === cert);

  it("are read again when they change, one after the other", async () => {
    put(await issued());
    const { current } = await open();
    assert.deepEqual(current.identity, COUNTER);
    assert.equal(files?.current, current);
    const next = await issued();
    put({ key: next.key });
    await lineLike(
      /error certificate files cannot be used; the last good ones stay.*the key is not that of the certificate/,
    );
    assert.equal(files?.current, current);
    put({ cert: next.cert });
    await certBecomes(next.cert);
    await lineLike(/info certificate files can be used again/);
    await lineLike(/info certificates renewed/);
  });

  it("are read again when Kubernetes swaps the folder behind a symlink", async () => {
    const version = (name: string) => {
      mkdirSync(join(folder, name));
      return {
        ca: join(folder, name, "ca.crt"),
        cert: join(folder, name, "tls.crt"),
        key: join(folder, name, "tls.key"),
      };
    };
    put(await issued(), version("..1"));
    symlinkSync("..1", join(folder, "..data"));
    for (const name of ["ca.crt", "tls.crt", "tls.key"]) symlinkSync(`..data/${name}`, join(folder, name));
    await open();
    const next = await issued();
    put(next, version("..2"));
    symlinkSync("..2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    await certBecomes(next.cert);
    assert.ok(!lines.some((line) => line.startsWith("error")), lines.join("\n"));
  });

  const broken: [what: string, change: () => Promise<void>, why: RegExp][] = [
    ["emptied", async () => put({ ca: "", cert: "", key: "" }), /the file of the authorities has no certificate/],
    ["deleted", async () => rmSync(paths().cert), /ENOENT/],
    ["cut off", async () => put({ cert: (await issued()).cert.slice(0, 300) }), /has no certificate/],
    [
      "garbled",
      async () => put({ cert: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }),
      /cannot be read/,
    ],
    [
      "of another authority",
      async () => put({ ca: (await TestAuthority.create()).pem }),
      /is not in the file of authorities/,
    ],
    [
      "of another cluster",
      async () => put(await issued(undefined, { cluster: "a.b", role: "counter" })),
      /names spiffe:\/\/a\.b\/counter, and this process started as/,
    ],
    [
      "of another role",
      async () => put(await issued(undefined, { ...COUNTER, role: "store" })),
      /needs one that names spiffe:\/\/shop\.web\/counter/,
    ],
    ["expired", async () => put(await issued([-2, -1])), /it is valid from .* to .*, not now/],
    ["of tomorrow", async () => put(await issued([23, 25])), /it is valid from .* to .*, not now/],
  ];
  for (const [what, change, why] of broken) {
    it(`keep the last good set while the new one is ${what}, say so once, and recover`, async () => {
      put(await issued());
      const { current } = await open();
      await change();
      await lineLike(new RegExp(`error certificate files cannot be used.*${why.source}`));
      await eventually(() => systemClock.monotonic() > 0);
      assert.equal(files?.current, current);
      const next = await issued();
      put(next);
      await certBecomes(next.cert);
      assert.equal(lines.filter((line) => /cannot be used/.test(line)).length, 1, lines.join("\n"));
    });

    if (!/expired|tomorrow|another cluster/.test(what))
      it(`that are ${what} at the start are refused`, async () => {
        put(await issued());
        await change();
        await assert.rejects(open(), (error: Error) => {
          assert.ok(error instanceof CertificatesError);
          assert.match(error.message, /^Cannot use the certificate .*tls\.crt: /);
          return true;
        });
      });
  }

  it("that have expired at the start are used, because the clock may be wrong, and a line says so", async () => {
    put(await issued([-2, -1]));
    await open();
    await lineLike(/error other nodes refuse this node's certificate.*expired at/);
    const next = await issued();
    put(next);
    await certBecomes(next.cert);
  });

  it("are told when the clock is a day off, and when it is right again", async () => {
    put(await issued());
    await open();
    wallOffset = 24 * HOUR_MS;
    await lineLike(/error other nodes refuse.*expired at/);
    wallOffset = -24 * HOUR_MS;
    await lineLike(/error other nodes refuse.*is not valid before/);
    assert.equal(lines.length, 2);
  });

  it("that nobody renews are told before they expire", async () => {
    put(await issued());
    await open();
    assert.deepEqual(lines, []);
    wallOffset = 11 * HOUR_MS;
    await lineLike(/warn certificate expires soon and was not renewed/);
    assert.equal(lines.length, 1);
  });

  it("may hold a chain, and several authorities", async () => {
    const old = await TestAuthority.create();
    const { cert, key } = await issued();
    put({ ca: old.pem + authority.pem, cert: cert + authority.pem, key });
    const { current } = await open();
    assert.equal(current.authorities.size, 2);
  });
});
