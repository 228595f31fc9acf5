import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { eventually } from "../eventually.ts";
import { KeyedClients } from "./keyed_clients.ts";
import { Load } from "./load.ts";

/** What the clients of these tests make of a response, so that a slow machine fails no test. */
describe("clients of real nodes", () => {
  let server: Server;
  let status: number;
  let requests: number;
  beforeEach(async () => {
    requests = 0;
    server = createServer((_, response) => {
      requests++;
      response.writeHead(status).end("{}");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  afterEach(() => server.close());

  const targets = () => [{ name: "n1", port: (server.address() as AddressInfo).port, life: 1 }];

  it("go on after a 408: a request that did not arrive in time is not counted, and no node refused it", async () => {
    status = 408;
    const load = new Load(targets);
    load.start();
    await eventually(() => requests > 50);
    await load.stop();
    assert.deepEqual([load.wrong, [...load.refusals], load.total("acknowledged")], [[], [], 0]);
    assert.ok(load.total("refused") >= requests);
  });

  it("say so if a response is one that no node may give", async () => {
    status = 500;
    const load = new Load(targets);
    load.start();
    await eventually(() => load.wrong.length > 0);
    await load.stop();
  });

  it("that repeat with a key do so after a 408, and end when they are told to", async () => {
    status = 408;
    const clients = new KeyedClients(targets);
    clients.start("orders", 50);
    await eventually(() => clients.repeated > 20);
    clients.giveUp();
    await clients.stop();
    assert.deepEqual(clients.wrong, []);
  });
});
