import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EtcdVolume } from "../../../internal/adapters/disk/etcd_volume.ts";
import { PreparationError } from "../../../internal/ports/etcd_member.ts";

describe("an etcd member's volume", () => {
  let path: string;
  let volume: EtcdVolume;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), "volume-"));
    volume = new EtcdVolume(path);
  });
  afterEach(() => rmSync(path, { recursive: true }));

  /** What etcd's log would be, beginning like this. */
  function writeLog(...bytes: number[]): void {
    mkdirSync(join(path, "data", "member", "wal"), { recursive: true });
    writeFileSync(join(path, "data", "member", "wal", "0000000000000000-0000000000000000.wal"), Buffer.from(bytes));
  }

  it("is empty with nothing but lost+found, and when etcd had not come to its log", () => {
    mkdirSync(join(path, "lost+found"));
    mkdirSync(join(path, "data", "member", "wal.tmp"), { recursive: true });
    assert.deepEqual(volume.read(), { note: null, data: null });
    volume.clear();
    assert.ok(!existsSync(volume.dataFolder));
  });

  it("keeps its note", () => {
    const note = { volume: "v", members: 3, peerUrl: "http://a:2380", founding: { a: "v" } };
    volume.note(note);
    volume.note({ ...note, founding: null });
    assert.deepEqual(new EtcdVolume(path).read(), { note: { ...note, founding: null }, data: null });
  });

  it("does not take a damaged note for none", () => {
    for (const text of ["", "{", "[]", '{"volume":"v","members":"3","peerUrl":"http://a:2380","founding":null}']) {
      writeFileSync(join(path, "member.json"), text);
      assert.throws(() => volume.read(), PreparationError, text);
    }
  });

  it("has data, whoever they are, as soon as there is a log", () => {
    for (const bytes of [
      [],
      [9],
      [200, 0, 0, 0, 0, 0, 0, 0, 8, 1],
      [2, 0, 0, 0, 0, 0, 0, 0x86, 8, 4, 0, 0, 0, 0, 0, 0],
    ]) {
      writeLog(...bytes);
      assert.equal(volume.read().data, "unreadable");
      volume.clear();
      assert.ok(existsSync(volume.dataFolder));
    }
  });

  it("reads who the data are from the second record", () => {
    const checksum = [4, 0, 0, 0, 0, 0, 0, 0x84, 8, 4, 16, 0, 0, 0, 0, 0];
    const metadata = [8, 0x81, 1, 16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
    const record = [8, 1, 16, 7, 26, metadata.length, ...metadata];
    writeLog(...checksum, record.length, 0, 0, 0, 0, 0, 0, 0, ...record);
    assert.deepEqual(volume.read().data, { member: "129", cluster: String(2n ** 64n - 1n) });
  });

  it("puts data aside once, in place of what was aside before", () => {
    for (const byte of [1, 2]) {
      writeLog(byte);
      volume.setAside();
      assert.equal(volume.read().data, null);
    }
    assert.ok(existsSync(join(path, "removed-data", "member", "wal")));
  });
});
