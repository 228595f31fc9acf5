import assert from "node:assert/strict";
import { ContractBroken } from "./accounts.ts";
import { acknowledged, begin, hitEverywhere } from "./scenarios/story.ts";

/** The books notice what breaks the contract: a simulation that cannot fail would prove nothing. */
describe("the books of a history", () => {
  it("a hit is missed that the ledger does not have", async () => {
    const cluster = await begin(3);
    hitEverywhere(cluster, 100, 50);
    await cluster.run(3_000);
    cluster.accounts.acknowledged.set("visits", acknowledged(cluster) + 1);
    assert.throws(() => cluster.accounts.checkLedger(cluster.store), ContractBroken);
  });

  it("a page is noticed that shows more than was attempted", async () => {
    const cluster = await begin(3);
    hitEverywhere(cluster, 100, 50);
    await cluster.run(3_000);
    cluster.accounts.checkPages();
    cluster.accounts.acknowledged.set("visits", acknowledged(cluster) - 1);
    await cluster.run(3_000);
    assert.throws(() => cluster.accounts.checkPages(), ContractBroken);
  });
});
