import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KubernetesClient } from "../../internal/adapters/kubernetes/client.ts";
import { createLog } from "../../internal/adapters/system/logger.ts";
import { systemClock as clock } from "../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../internal/adapters/system/system_random.ts";
import type { Definition } from "../../internal/core/operator/definition.ts";
import { type KubernetesApi, KubernetesError } from "../../internal/ports/kubernetes.ts";
import { DefinitionNotReady, updateDefinition } from "../../internal/services/definition/definition_update.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { definition as ours } from "../core/operator/definition_schema.ts";
import { silentLog } from "../ports/store/store_backends.ts";

const DEFINITIONS = { apiVersion: "apiextensions.k8s.io/v1", plural: "customresourcedefinitions", namespaced: false };
const TIMEOUT = 30_000;

/** A definition of another kind, so that nobody else in this process is disturbed. Each revision has one more field. */
function definition(revision: number, plural: string): SmallDefinition {
  const fields = Array.from({ length: revision }, (_, index) => [`field${index + 1}`, { type: "string" }]);
  const spec = { type: "object", properties: Object.fromEntries(fields) };
  const group = "trial.globalcluster.dev";
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      annotations: {
        "globalcluster.dev/definition": String(revision),
        [`globalcluster.dev/definition-${revision}`]: "current",
      },
    },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind: `Kind${plural}`, plural },
      versions: [
        {
          ...{ name: "v1", served: true, storage: true },
          schema: { openAPIV3Schema: { type: "object", properties: { spec } } },
        },
      ],
    },
  };
}

/** A release brings the definition up to date, and never puts an older one over a newer one. */
describe("applying the definition", () => {
  let server: ApiServer;
  let api: KubernetesApi;
  let plural: string;
  let tried = 0;
  let told: string[];
  before(async function () {
    requireApiServer(this);
    server = await sharedApiServer();
    api = server.api();
  });
  beforeEach(() => {
    told = [];
    tried += 1;
    plural = `trial${tried}s`;
  });
  afterEach(() => api.remove(DEFINITIONS, definition(1, plural).metadata));

  function update(revision: number, timeout = TIMEOUT) {
    const logger = createLog({ format: "text", name: "definition", write: (line) => told.push(line.trim()) });
    return updateDefinition(definition(revision, plural), { api, clock, logger, timeout });
  }

  /** As `helm install` does with what is in crds/. */
  function helmInstalls(revision: number) {
    return api.apply(DEFINITIONS, definition(revision, plural), { fieldManager: "helm", force: false });
  }

  async function fields(): Promise<number> {
    const found = await api.read<SmallDefinition>(DEFINITIONS, "", definition(1, plural).metadata.name);
    const [version] = found?.spec.versions ?? [];
    return Object.keys(version?.schema.openAPIV3Schema.properties.spec.properties ?? {}).length;
  }

  it("makes one where there is none, and says so", async () => {
    assert.equal(await update(1), "applied");
    assert.equal(await fields(), 1);
    assert.match(told[0] ?? "", /applying the definition {2}revision=1 found=none$/);
    assert.match(told.at(-1) ?? "", /definition in use {2}revision=1$/);
  });

  it("brings an older one up to date, also one that somebody else applied", async () => {
    await api.apply(DEFINITIONS, definition(1, plural), { fieldManager: "kubectl", force: true });
    assert.equal(await update(2), "applied");
    assert.equal(await fields(), 2);
  });

  it("leaves a newer one alone, and says so", async () => {
    await update(3);
    assert.equal(await update(2), "kept");
    assert.equal(await fields(), 3);
    assert.match(told.at(-1) ?? "", /definition not applied: the cluster has a newer one {2}found=3 ours=2$/);
  });

  it("keeps helm from lowering it before any hook could run, and tells the way out", async () => {
    await update(3);
    for (const older of [1, 2]) {
      await assert.rejects(helmInstalls(older), (error) => {
        assert.ok(error instanceof KubernetesError);
        assert.match(error.message, /conflict with "a newer definition .* install with --skip-crds"/);
        return error.status === 409;
      });
    }
    assert.equal(await fields(), 3);
  });

  it("lets helm install the same one beside, and a newer one", async () => {
    await update(2);
    await helmInstalls(2);
    await helmInstalls(3);
    assert.equal(await fields(), 3);
    assert.equal(await update(4), "applied");
    assert.equal(await fields(), 4);
  });

  it("says what the API server does not like, and does not try again", async () => {
    await update(1);
    const wrong = definition(2, plural);
    const broken = { ...wrong, spec: { ...wrong.spec, scope: "Everywhere" } };
    const logger = silentLog;
    await assert.rejects(
      updateDefinition(broken, { api, clock, logger, timeout: TIMEOUT }),
      (error) => error instanceof KubernetesError && /scope/.test(error.message),
    );
  });

  it("gives up in time when the API server cannot be reached, and says why", async () => {
    const [nowhere, logger] = [unreachable(), silentLog];
    await assert.rejects(
      updateDefinition(definition(1, plural), { api: nowhere, clock, logger, timeout: 1_500 }),
      (error) => error instanceof DefinitionNotReady && /not in use after 1.5 s: .*127\.0\.0\.1:1/.test(error.message),
    );
  });

  it("is a program that the chart can run", () => {
    const folder = mkdtempSync(join(tmpdir(), "definition-"));
    try {
      const file = join(folder, "definition.json");
      writeFileSync(file, JSON.stringify(definition(1, plural)));
      const words = ["cmd/apply_definition.ts", "--kubeconfig", server.kubeconfig, "--file"];
      const good = spawnSync(process.execPath, [...words, file], { encoding: "utf8" });
      assert.match(good.stdout, /definition in use/);
      assert.equal(good.status, 0);
      const bad = spawnSync(process.execPath, [...words, server.kubeconfig], { encoding: "utf8" });
      assert.match(bad.stderr, /must be a file with a CustomResourceDefinition as JSON, but it has something else/);
      assert.equal(bad.status, 2);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("knows the revision of ours by both of its marks", () => {
    const annotations = (ours() as Definition).metadata.annotations ?? {};
    const revision = annotations["globalcluster.dev/definition"];
    const marks = Object.entries(annotations).filter(([key]) => key.startsWith("globalcluster.dev/definition-"));
    assert.deepEqual(marks, [[`globalcluster.dev/definition-${revision}`, "current"]]);
  });
});

/** Nobody listens on port 1. */
function unreachable(): KubernetesApi {
  const access = { server: new URL("https://127.0.0.1:1"), credentials: async () => ({ headers: {} }) };
  return new KubernetesClient(access, { clock, random, logger: silentLog, version: "test" });
}

interface SmallDefinition extends Definition {
  readonly spec: {
    readonly scope: string;
    readonly group: string;
    readonly names: { readonly kind: string; readonly plural: string };
    readonly versions: readonly {
      readonly schema: {
        readonly openAPIV3Schema: {
          readonly type: string;
          readonly properties: {
            readonly spec: { readonly type: string; readonly properties: Record<string, unknown> };
          };
        };
      };
    }[];
  };
}
