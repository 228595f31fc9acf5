import assert from "node:assert/strict";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { type PeerServer, servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import type { PeerSecurity } from "../../../internal/adapters/grpc/peer_tls.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import type { CertificateSet } from "../../../internal/ports/certificates.ts";
import { PeerError } from "../../../internal/ports/peers.ts";
import { eventually } from "../../eventually.ts";
import { COUNTER, type Hours, TestAuthority } from "../x509/test_authority.ts";
import { LeaderRecord, RecordingService } from "./recording.ts";

/** Time passes faster for the server's own timers, so that it looks at its connections often. */
const HASTY = { ...systemClock, after: (ms: number, task: () => void) => systemClock.after(ms / 50, task) };
const HELLO = { kind: "welcome", leader: "l", epoch: 1, ledger: null, adopted: [] } as const;

/** Only nodes of the same cluster hear each other, and both ends say why another one was refused. */
describe("peers with certificates", () => {
  let authority: TestAuthority;
  let good: CertificateSet;
  let service: RecordingService;
  let server: PeerServer | undefined;
  let lines: string[];
  const logger = {
    debug() {},
    info() {},
    warn: (event: string, fields?: object) => void lines.push(`${event} ${JSON.stringify(fields)}`),
    error() {},
  };
  before(async () => {
    authority = await TestAuthority.create();
    good = await authority.set();
  });
  beforeEach(() => {
    service = new RecordingService();
    lines = [];
  });
  afterEach(async () => {
    await server?.close();
    server = undefined;
  });

  const secure = (current: CertificateSet, plainToo = false) => ({ certificates: { current }, plainToo });
  const serve = async (security: PeerSecurity | null) => {
    server = await servePeers(service, { host: "127.0.0.1", port: 0, security, clock: HASTY, logger });
    return server.address;
  };
  const peersWith = (security: PeerSecurity | null) => createPeers({ clock: systemClock, security });
  const whyRefused = async (address: string, security: PeerSecurity | null) => {
    const reply = peersWith(security).getStatus(address);
    const refused: unknown = await reply.then(
      () => null,
      (error) => error,
    );
    assert.ok(refused instanceof PeerError, String(refused));
    return refused.message;
  };
  const lineLike = (pattern: RegExp) => eventually(() => lines.some((line) => pattern.test(line)));

  it("call each other and keep streams, in TLS 1.3", async () => {
    const address = await serve(secure(good));
    const peers = peersWith(secure(await authority.set()));
    assert.deepEqual(await peers.getStatus(address), service.greeting);
    const leader = new LeaderRecord();
    const stream = peers.connect(address, leader);
    stream.send(HELLO);
    const node = await service.streams.at(0);
    assert.deepEqual(await node.at(0), { message: HELLO });
    assert.equal(node.stream.authenticated, true);
    assert.equal(stream.renewalDue, false);
    stream.close();
    assert.deepEqual(await node.at(1), { closed: true });
    assert.deepEqual(lines, []);
  });

  const other = { ...COUNTER, cluster: "shop.db" };
  const bad: [what: string, set: () => Promise<CertificateSet>, why: RegExp][] = [
    [
      "of another authority",
      async () => (await TestAuthority.create()).set(COUNTER, undefined, [authority]),
      /signed by O=shop\.web, CN=authority \w+, which is no authority of this cluster/,
    ],
    ["signed by nobody else", selfSigned, /which is no authority of this cluster|cannot be verified/],
    ["that has expired", () => authority.set(COUNTER, [-2, -1]), /expired at .*, and this machine's clock says/],
    [
      "that is not valid yet",
      () => authority.set(COUNTER, [23, 25]),
      /is not valid before .*, and this machine's clock says/,
    ],
    [
      "of another cluster",
      () => authority.set(other),
      /names "spiffe:\/\/shop\.db\/counter"; expected spiffe:\/\/shop\.web\/counter/,
    ],
    [
      "of the store",
      () => authority.set({ ...COUNTER, role: "store" }),
      /names "spiffe:\/\/shop\.web\/store"; expected/,
    ],
    ["of the operator", () => authority.set({ ...COUNTER, role: "operator" }), /\/operator"; expected/],
  ];
  /** The authority itself, as if it were a node. */
  async function selfSigned(): Promise<CertificateSet> {
    const { certificate: cert, key } = (await TestAuthority.create()).keyPair;
    return { ...good, cert, key };
  }

  for (const [what, set, why] of bad) {
    it(`refuse a leader with a certificate ${what}`, async () => {
      const address = await serve(secure(good));
      const security = secure({ ...(await set()), identity: COUNTER });
      assert.match(
        await whyRefused(address, security),
        new RegExp(`UNAUTHENTICATED: this node was refused: .*(?:${why.source})`),
      );
      await lineLike(new RegExp(`refused a peer's connection.*(?:${why.source.replaceAll('"', '\\\\"')})`));
      const leader = new LeaderRecord();
      peersWith(security).connect(address, leader).send(HELLO);
      assert.match(await leader.onlyClosed(), why);
      assert.deepEqual([service.streams.all, service.knocks, service.handedOver], [[], [], []]);
    });

    it(`refuse a node with a certificate ${what}`, async () => {
      const address = await serve(secure({ ...(await set()), identity: COUNTER }));
      assert.match(await whyRefused(address, secure(good)), new RegExp(`refused the peer: .*(?:${why.source})`));
      await lineLike(/refused a peer's connection.*it left after the handshake/);
      assert.deepEqual(service.streams.all, []);
    });
  }

  it("refuse a leader without TLS, and one with TLS and no certificate", async () => {
    const address = await serve(secure(good));
    assert.match(await whyRefused(address, null), /UNAVAILABLE/);
    await lineLike(/refused a peer's connection.*TLS handshake failed/);
    assert.deepEqual(service.streams.all, []);
  });

  it("do not speak with a node without TLS", async () => {
    assert.match(await whyRefused(await serve(null), secure(good)), /UNAVAILABLE/);
    assert.deepEqual(service.streams.all, []);
  });

  it("speak with peers without TLS, both ways, where that is said", async () => {
    const both = secure(good, true);
    const address = await serve(both);
    for (const security of [null, both, secure(good)])
      assert.deepEqual(await peersWith(security).getStatus(address), service.greeting);
    for (const [i, security] of [null, both].entries()) {
      const stream = peersWith(security).connect(address, new LeaderRecord());
      assert.equal((await service.streams.at(i)).stream.authenticated, security !== null);
      stream.close();
    }
    await server?.close();
    assert.deepEqual(await peersWith(both).getStatus(await serve(null)), service.greeting);
  });

  it("do not go on without TLS with a node whose certificate is bad", async () => {
    const address = await serve(secure({ ...(await authority.set(other)), identity: COUNTER }, true));
    assert.match(await whyRefused(address, secure(good, true)), /refused the peer/);
  });

  it("renew a stream when certificates are renewed, and the old one goes on until then", async () => {
    const nodeSide = { current: good };
    const leaderSide = { current: await authority.set() };
    const address = await serve({ certificates: nodeSide, plainToo: false });
    const peers = peersWith({ certificates: leaderSide, plainToo: false });
    const stream = peers.connect(address, new LeaderRecord());
    stream.send(HELLO);
    const node = await service.streams.at(0);
    await node.at(0);
    // Another authority, whose certificates are trusted beside the old one's.
    const next = await TestAuthority.create();
    nodeSide.current = await next.set(COUNTER, undefined, [authority, next]);
    leaderSide.current = await next.set(COUNTER, undefined, [authority, next]);
    assert.equal(stream.renewalDue, true);
    stream.send(HELLO);
    await node.at(1);
    const renewed = peers.connect(address, new LeaderRecord());
    renewed.send(HELLO);
    await (await service.streams.at(1)).at(0);
    assert.equal(renewed.renewalDue, false);
    stream.close();
    // The old one is not trusted any more, and nobody has to start anything again.
    nodeSide.current = await next.set();
    leaderSide.current = await next.set();
    assert.deepEqual(await peers.getStatus(address), service.greeting);
    assert.match(await whyRefused(address, secure(good)), /which is no authority of this cluster/);
  });

  it("are cut off when the authority of their certificate is not trusted any more", async () => {
    const nodeSide = { current: good };
    const address = await serve({ certificates: nodeSide, plainToo: false });
    const leader = new LeaderRecord();
    peersWith(secure(good)).connect(address, leader).send(HELLO);
    await (await service.streams.at(0)).at(0);
    const next = await TestAuthority.create();
    nodeSide.current = await next.set();
    assert.match(await leader.onlyClosed(), /UNAVAILABLE/);
    await lineLike(/closed a peer's connection.*its authority is not trusted any more/);
  });

  it("are cut off when their certificate expires, unless they have renewed the stream", async () => {
    // Long enough for a slow machine to connect meanwhile. Certificates have whole seconds.
    const soon: Hours = [-1, 5 / 3600];
    const address = await serve(secure(good));
    const leader = new LeaderRecord();
    const stream = peersWith(secure(await authority.set(COUNTER, soon))).connect(address, leader);
    stream.send(HELLO);
    await (await service.streams.at(0)).at(0);
    await eventually(() => stream.renewalDue);
    assert.match(await leader.onlyClosed(), /UNAVAILABLE/);
    await lineLike(/closed a peer's connection.*its certificate has expired/);
  });
});
