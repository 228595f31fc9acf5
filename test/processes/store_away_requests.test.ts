import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addNewToken } from "../../internal/adapters/tokens/new_token.ts";
import { needs } from "../needs.ts";
import { newKey } from "./keyed_clients.ts";
import { onEtcd } from "./stores.ts";

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly done?: unknown;
  readonly counted?: unknown;
  readonly duplicate?: boolean;
}

/** What has to be committed is refused while the store is away, and may be sent again with its key when it is back. */
describe("requests with keys while the store is away", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "store-away-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  onEtcd((store) => {
    it("are answered 503 and do nothing; with the same keys each is done once when the store is back", async function () {
      needs(this, "more time");
      const tokens = join(folder, "tokens.json");
      const token = addNewToken(tokens, { name: "tester", rights: ["admin"], counters: ["*"], expires: null });
      const cluster = await store.cluster({ nodes: 2, flags: ["--conversion-delay", "0s", "--tokens", tokens] });
      const send = async (node: number, method: string, path: string, key: string, body?: string): Promise<Answer> => {
        const type = path.endsWith("import") ? "application/x-ndjson" : "application/json";
        const headers = { Authorization: `Bearer ${token}`, "Idempotency-Key": key, "Content-Type": type };
        const response = await fetch(`${cluster.nodes[node]!.url}${path}`, { method, headers, ...(body && { body }) });
        const last = (await response.text()).trimEnd().split("\n").at(-1) ?? "";
        return { ...(JSON.parse(last) as Answer), status: response.status };
      };
      const first = newKey();
      const isTaken = async () => (await send(0, "PUT", "/v1/counters/votes", first, '{"value":7}')).status === 200;
      await cluster.until("counters can be set", isTaken);
      const requests: readonly (readonly [method: string, path: string, key: string, body?: string])[] = [
        ["PUT", "/v1/counters/set", newKey(), '{"value":5}'],
        ["DELETE", "/v1/counters/votes", newKey()],
        ["POST", "/v1/import", newKey(), '{"counter":"imported","value":3}'],
        ["POST", "/v1/counters/hits/hits", newKey()],
      ];
      await store.etcd.kill();
      const isAway = async () => {
        const views = await Promise.all(cluster.nodes.map((node) => node.view()));
        return views.every((view) => view?.store === "away");
      };
      await cluster.until("all say that the store is away", isAway, 30_000);
      for (const node of [0, 1])
        for (const request of requests) {
          const { status, type, done, counted } = await send(node, ...request);
          const words = `node ${node}, ${request[0]} ${request[1]}`;
          assert.deepEqual([status, type], [503, "urn:global-cluster:problem:store-away"], words);
          assert.equal(request[1].endsWith("/hits") ? counted : done, false, words);
        }
      await store.etcd.start();
      await cluster.leader();
      const before = await cluster.healed();
      assert.deepEqual([before.set, before.votes, before.imported, before.hits], [undefined, 7, undefined, undefined]);
      for (const request of requests)
        for (const [node, duplicate] of [
          [0, false],
          [1, true],
        ] as const) {
          const answer = await send(node, ...request);
          assert.deepEqual([answer.status, answer.duplicate], [200, duplicate], `${request[0]} ${request[1]}`);
        }
      const { set, votes, imported, hits } = await cluster.healed();
      assert.deepEqual([set, votes, imported, hits], [5, undefined, 3, 1]);
    });
  });
});
