import assert from "node:assert/strict";
import { decodeLedger } from "../../../internal/core/ledger/ledger_reading.ts";
import type { Lease } from "../../../internal/ports/election.ts";
import { LedgerAccess } from "../../../internal/services/leader/ledger_access.ts";
import { ANNE, BERT, SqliteFile } from "../../adapters/sqlite/sqlite_file.ts";
import { everythingIn } from "../../ports/store/everything_in.ts";
import type { OpenStore } from "../../ports/store/store_backends.ts";

const NOBODY = { nodes: [], lineage: [], seen: () => null, offers: [] };

/** Who may write the ledger: only the node that holds the leader key, and only what no node contradicts (docs/protocol.md, Identity). */
describe("a leader's access to the ledger", () => {
  let file: SqliteFile;
  beforeEach(() => {
    file = new SqliteFile();
  });
  afterEach(() => file.end());

  async function elected({ election }: OpenStore, who: typeof ANNE): Promise<Lease> {
    const lease = await election.campaign(who);
    assert.ok(lease);
    return lease;
  }

  function accessOf({ store }: OpenStore, lease: Lease, id: string): LedgerAccess {
    return new LedgerAccess(store, lease, "1111111111111111", {
      newId: () => id,
      recorded: () => null,
      steps: { chunk: async () => true, entry: () => null },
    });
  }

  it("ends when another node holds the key: it reads nothing and creates no ledger", async () => {
    const [a, b] = [await file.open(), await file.open()];
    const old = await elected(a, ANNE);
    const access = accessOf(a, old, "aaaaaaaaaaaaaaaa");
    await old.resign();
    assert.deepEqual(await access.open(NOBODY, true), { kind: "superseded" });
    const taken = await elected(b, BERT);
    assert.deepEqual(await access.open(NOBODY, true), { kind: "superseded" });
    assert.equal((await accessOf(b, taken, "bbbbbbbbbbbbbbbb").open(NOBODY, true)).kind, "open");
    assert.deepEqual(await access.open(NOBODY, true), { kind: "superseded" });
    assert.equal(decodeLedger((await everythingIn(b.store)).entries)?.id, "bbbbbbbbbbbbbbbb");
  });
});
