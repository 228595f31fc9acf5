import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { StoreError } from "../../../internal/ports/store.ts";
import { eventually } from "../../eventually.ts";
import { ANNE, committed, elected, head } from "./contract_words.ts";
import { everythingIn } from "./everything_in.ts";
import type { Backend } from "./store_backends.ts";

export function troubleTests(backend: Backend): void {
  it("reads as empty after it was wiped, and the old leader cannot write into it (H14)", async () => {
    const a = await backend.open();
    const old = await elected(a, ANNE);
    const revision = await committed(a, old, 0, "1");
    await backend.wipe();
    const image = await eventually(() => everythingIn(a.store).catch(() => null));
    assert.deepEqual(image, { entries: new Map(), headRevision: 0, leader: null });
    assert.equal((await a.store.commit(old, revision, head("x"))).kind, "refused");
    assert.notEqual(await old.renew().catch(() => false), true);
    const taken = await eventually(() => a.election.campaign(ANNE).catch(() => null));
    await committed(a, taken, 0, "2");
  });

  it("fails every call after it was closed", async () => {
    const a = await backend.open();
    const lease = await elected(a, ANNE);
    await a.close();
    await a.store.close();
    const isAway = (error: unknown) => error instanceof StoreError && error.kind === "away";
    await assert.rejects(a.store.readHead(), isAway);
    await assert.rejects(a.store.commit(lease, 0, head("x")), isAway);
    await assert.rejects(a.election.leader(), isAway);
    await assert.rejects(lease.renew(), isAway);
    await assert.rejects(a.discovery.members(), isAway);
    await lease.resign();
    await a.discovery.withdraw();
  });

  it("keeps no process alive after it was closed", async () => {
    const work = `
      const lease = await opened.election.campaign({ nodeId: "n", address: "a" });
      await lease.renew();
      opened.discovery.register({ id: "n", name: "", region: "", peerAddress: "", url: "" });
      await opened.store.readHead();
      await opened.close();
      process.on("exit", () => console.log(performance.now() - closed));
      const closed = performance.now();
    `;
    const source = `${backend.openingScript()}${work}`;
    const times: number[] = [];
    const livesOn = async () => {
      const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", source]);
      return times.push(Number(stdout)) && Number(stdout) >= 1_500;
    };
    // A slow machine may stand still for that long, but not each time.
    for (let attempt = 1; (await livesOn()) && attempt < 3; attempt++);
    assert.ok(Math.min(...times) < 1_500, `the process lived on for ${times.join(", ")} ms`);
  });
}
