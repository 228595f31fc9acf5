import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { CountersJson } from "../../internal/adapters/http/totals_json.ts";
import { countsVisitors } from "../../internal/core/visits/visitors.ts";
import { eventually } from "../eventually.ts";
import { freePort } from "../free_port.ts";
import { NodeProcess } from "./node_process.ts";
import { Visitors } from "./visitors.ts";

const SITE = "blog.example";

/** A site's numbers are those of a plain count: views by page, visits, programs; also when the node is killed meanwhile. */
describe("views of a site's pages by a thousand browsers", () => {
  let folder: string;
  let node: NodeProcess;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "views-"));
    const flags = ["--store", `sqlite:${folder}/store.sqlite`, "--data-dir", join(folder, "n1"), "--interval", "100ms"];
    node = new NodeProcess("n1", await freePort(), [...flags, "--conversion-delay", "0s"]);
    await node.start();
    await eventually(async () => (await node.view())?.store === "ok");
    // A program must not create a site, and the ledger may have to be converted before one can be made.
    const request = { method: "POST", headers: { "user-agent": "" } };
    await eventually(async () => (await fetch(`${node.url}/v1/visits?site=${SITE}&path=/first`, request)).ok);
  });
  afterEach(async () => {
    if (node.running) await node.kill();
    rmSync(folder, { recursive: true });
  });

  const visitors = () => {
    let state = 1;
    const random = () => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
    return new Visitors(node.url, SITE, 1_000, random);
  };

  /** Committed hits by counter, without the one view that made the site, and without visitors (`marks.test.ts`). */
  async function committed(): Promise<Map<string, number>> {
    await eventually(async () => (await node.view())?.pending === 0);
    const { counters } = (await node.get("/v1/counters?limit=1000")) as CountersJson;
    const totals = new Map(counters.map(({ counter, committed }) => [counter, Number(committed)]));
    totals.set(SITE, totals.get(SITE)! - 1);
    totals.delete(`${SITE}/first`);
    return new Map([...totals].filter(([counter]) => !countsVisitors(counter)));
  }

  it("are all there, each where it belongs", async () => {
    const people = visitors();
    await people.browse(4, 32);
    people.stop();
    assert.equal(people.refused, 0);
    const plain = [...people.told].map(([counter, { acknowledged }]) => [counter, acknowledged] as const);
    assert.ok(people.of(SITE).acknowledged > 3_600 && people.of(`${SITE}/_bots`).acknowledged > 400);
    assert.deepEqual(new Map([...(await committed())].sort()), new Map([...plain].sort()));
  });

  it("are all there, and whole, through a kill -9 under load", async () => {
    const people = visitors();
    const browsing = people.browse(6, 32);
    await eventually(() => people.of(SITE).acknowledged > 500);
    await node.kill();
    await node.start();
    await eventually(() => people.of(SITE).acknowledged > 1_500);
    people.stop();
    await browsing;
    await sleep(200);
    const totals = await committed();
    for (const [counter, { acknowledged, unanswered }] of people.told) {
      const counted = totals.get(counter) ?? 0;
      assert.ok(
        counted >= acknowledged && counted <= acknowledged + unanswered,
        `${counter}: ${counted}, ${acknowledged}+${unanswered}`,
      );
    }
    const pages = [...totals].filter(([counter]) => counter.startsWith(`${SITE}/posts/`));
    // A view without an answer counted for its page and its site, or for none.
    assert.equal(
      pages.reduce((sum, [, views]) => sum + views, 0),
      totals.get(SITE),
    );
  });
});
