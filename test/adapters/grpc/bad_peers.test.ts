import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { PLAIN } from "./plain.ts";
import { call, openWithoutReading, serveRaw, stream } from "./raw_grpc.ts";
import { LeaderRecord, RecordingService } from "./recording.ts";
import { leaderMessage, nodeMessage, one } from "./samples.ts";

const peers = createPeers({ clock: systemClock, security: null, connectTimeoutMs: 10_000 });

/** A peer that sends garbage, too much or nothing costs its own connection, and bounded memory. */
describe("a leader and a node that", () => {
  let leader: LeaderRecord;
  beforeEach(() => {
    leader = new LeaderRecord();
  });

  it("accepts a connection and never speaks", async () => {
    const silent = await listen((socket) => socket.resume());
    createPeers({ clock: systemClock, security: null, connectTimeoutMs: 300 }).connect(silent.address, leader);
    assert.equal(await leader.onlyClosed(), "no answer within 300 ms");
    await leader.until(() => silent.connections() === 0, "the end of the connection");
    await silent.close();
    assert.equal(leader.all.length, 1);
  });

  it("speaks something else", async () => {
    const strange = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    peers.connect(strange.address, leader);
    assert.match(await leader.onlyClosed(), /^UNAVAILABLE|^no answer/);
    await strange.close();
  });

  it("sends what is no message", async () => {
    const strange = await serveRaw((call) => call.write(Buffer.from("no message")));
    peers.connect(strange.address, leader);
    assert.match(await leader.onlyClosed(), /^not a NodeWord message/);
    strange.close();
  });

  it("sends a message over the limit", async () => {
    const strange = await serveRaw((call) => call.write(Buffer.alloc(17 * 1024 * 1024)));
    peers.connect(strange.address, leader);
    assert.match(await leader.onlyClosed(), /^RESOURCE_EXHAUSTED/);
    strange.close();
  });

  it("reads nothing: the leader's memory stays bounded", async () => {
    const stuck = await serveRaw((call) => call.sendMetadata(call.metadata));
    const stream = peers.connect(stuck.address, leader);
    const message = {
      kind: "welcome",
      leader: "l",
      epoch: 1,
      ledger: null,
      adopted: Array(10_000).fill("x".repeat(64)),
    } as const;
    let sent = 0;
    const sending = setInterval(() => stream.send({ ...message, epoch: ++sent }), 1);
    assert.match(await leader.onlyClosed(), /^the peer reads too slowly: \d+ bytes are waiting$/);
    clearInterval(sending);
    // 660 kB each: a few megabytes wait, at either end.
    assert.ok(sent < 50, `${sent} messages`);
    assert.equal(leader.all.length, 1);
    stuck.close();
  });
});

describe("a node and a peer that", () => {
  let service: RecordingService;
  let server: PeerServer;
  beforeEach(async () => {
    service = new RecordingService();
    server = await servePeers(service, { ...PLAIN, host: "127.0.0.1", port: 0 });
  });
  afterEach(async () => {
    assert.deepEqual(await peers.getStatus(server.address), service.greeting, "it still serves");
    await server.close();
  });

  it("sends garbage to the port", async () => {
    for (const garbage of [
      "GET / HTTP/1.1\r\n\r\n",
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\xff\xff\xff\xff\xff\xff",
      "\x16\x03\x01",
      "\0".repeat(70_000),
    ]) {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.resume();
      socket.end(garbage, "latin1");
      await once(socket, "close");
    }
  });

  it("calls a method that does not exist", async () => {
    assert.match(await call(server.address, "Knock", Buffer.alloc(0), "/other.Service/Method"), /^12 /);
  });

  it("sends what is no message", async () => {
    assert.match(await stream(server.address, [Buffer.from("no message")]), /^3 not a LeaderWord message/);
    for (const method of ["Knock", "Greet", "HandOver"] as const) {
      assert.match(
        await call(server.address, method, Buffer.from([0xff, 0xff])),
        new RegExp(`^3 not a ${method}Request message`),
      );
    }
    const node = await service.streams.at(0);
    await node.at(0);
    assert.deepEqual(node.all, [{ closed: true }]);
  });

  it("sends a message over the limit", async () => {
    assert.match(await stream(server.address, [Buffer.alloc(17 * 1024 * 1024)]), /^8 /);
    assert.match(await call(server.address, "HandOver", Buffer.alloc(17 * 1024 * 1024)), /^8 /);
    const node = await service.streams.at(0);
    await node.at(0);
    assert.deepEqual(node.all, [{ closed: true }]);
  });

  it("breaks off in the middle", async () => {
    const sockets: Socket[] = [];
    const proxy = await listen((socket) => {
      const onward = connect(server.port, "127.0.0.1");
      sockets.push(socket, onward);
      socket
        .on("error", () => {})
        .pipe(onward)
        .on("error", () => {})
        .pipe(socket);
    });
    const leader = new LeaderRecord();
    const stream = peers.connect(proxy.address, leader);
    stream.send(one(leaderMessage));
    const node = await service.streams.at(0);
    await node.at(0);
    for (const socket of sockets) socket.resetAndDestroy();
    await leader.at(0);
    await node.at(1);
    assert.match(await leader.onlyClosed(), /^UNAVAILABLE|^CANCELLED|^INTERNAL/);
    assert.equal(node.all.length, 2);
    await proxy.close();
  });

  it("reads nothing: the node's memory stays bounded", async () => {
    const stuck = openWithoutReading(server.address);
    const node = await service.streams.at(0);
    const word = { ...one(nodeMessage), sources: Array(50_000).fill("00000000000000aa") };
    let sent = 0;
    const sending = setInterval(() => {
      node.stream.send(word);
      sent++;
    }, 1);
    await node.at(0);
    clearInterval(sending);
    assert.deepEqual(node.all, [{ closed: true }]);
    assert.ok(sent < 50, `${sent} messages`);
    stuck.close();
  });
});

interface PlainServer {
  readonly address: string;
  connections(): number;
  close(): Promise<void>;
}

/** A server of plain bytes; `close` ends its connections too. */
async function listen(accept: (socket: Socket) => void): Promise<PlainServer> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket.on("error", () => {}));
    socket.on("close", () => sockets.delete(socket));
    accept(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as { port: number }).port}`,
    connections: () => sockets.size,
    async close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
