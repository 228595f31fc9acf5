import { discoveryTests } from "./contract_discovery.ts";
import { electionTests } from "./contract_election.ts";
import { ledgerTests } from "./contract_ledger.ts";
import { rangeTests } from "./contract_ranges.ts";
import { troubleTests } from "./contract_trouble.ts";
import { SimulatedBackend } from "./simulated_backend.ts";
import { EtcdBackend, SqliteBackend } from "./store_backends.ts";

for (const backend of [new SqliteBackend(), new EtcdBackend()]) {
  describe(`the store contract: ${backend.name}`, () => {
    before(function () {
      return backend.setUp(this);
    });
    beforeEach(() => backend.fresh());
    afterEach(() => backend.closeAll());
    after(() => backend.tearDown());

    describe("the ledger", () => ledgerTests(backend));
    describe("its entries", () => rangeTests(backend));
    describe("the leader key", () => electionTests(backend));
    describe("discovery", () => discoveryTests(backend));
    describe("trouble", () => troubleTests(backend));
  });
}

/** What simulations count on is what stores do. */
for (const backend of [new SimulatedBackend("etcd"), new SimulatedBackend("embedded")]) {
  describe(`the store contract: ${backend.name}`, () => {
    before(() => backend.setUp());
    beforeEach(() => backend.fresh());
    after(() => backend.tearDown());

    describe("the ledger", () => ledgerTests(backend));
    describe("its entries", () => rangeTests(backend));
  });
}
