import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { createAuthority, issueCertificate } from "../../../internal/adapters/x509/certificates.ts";
import type { Role } from "../../../internal/core/identity/identity.ts";
import type { KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import { SECRETS } from "../../../internal/services/operator/secrets.ts";
import { eventually } from "../../eventually.ts";
import { installCertManager } from "./certificate_definition.ts";
import { type OperatorWorld, PERSON, withOperatorWorld } from "./operator_world.ts";

interface Secret extends KubernetesObject {
  readonly type?: string;
  readonly data?: Readonly<Record<string, string>>;
}

/** The contract: a resource's Secrets have certificates that fit together, whoever deletes, empties or replaces them. */
describe("operator: certificates", () => {
  let world: OperatorWorld;
  withOperatorWorld((begun) => {
    world = begun;
  });

  const secret = (name: string) => world.api.read<Secret>(SECRETS, world.namespace, name);
  const text = async (name: string, key: string) =>
    Buffer.from((await secret(name))?.data?.[key] ?? "", "base64").toString("utf8");
  const leaf = async (name: string) => {
    const pem = await text(name, "tls.crt");
    return pem === "" ? null : new X509Certificate(pem);
  };
  const condition = async (reason: string) =>
    eventually(async () => {
      const found = await world.condition("visits", "Secure");
      return found?.reason === reason ? found : null;
    });

  async function made(): Promise<void> {
    await world.make("visits");
    await eventually(async () => world.child("Deployment", "visits"));
  }

  it("are made with an authority of the resource alone, before any pod", async () => {
    world.operate();
    await made();
    const authority = await leaf("visits-authority");
    for (const [name, role] of [
      ["visits-counter-tls", "counter"],
      ["visits-store-tls", "store"],
    ] as const) {
      const certificate = await leaf(name);
      assert.ok(certificate && authority && certificate.verify(authority.publicKey), name);
      assert.equal(certificate.subjectAltName?.split(", ")[0], `URI:spiffe://visits.${world.namespace}/${role}`);
      assert.equal(await text(name, "ca.crt"), await text("visits-authority", "tls.crt"));
      assert.equal((await secret(name))?.type, "kubernetes.io/tls");
      assert.equal(await text(name, "ca.key"), "", "no pod gets the authority's key");
    }
    const owner = (await secret("visits-authority"))?.metadata.ownerReferences?.[0];
    assert.equal(owner?.uid, (await world.cluster("visits")).metadata.uid);
  });

  it("stay as they are when another operator takes over", async () => {
    const first = world.operate();
    await made();
    await world.settled(first);
    const before = await Promise.all(["visits-authority", "visits-counter-tls", "visits-store-tls"].map(secret));
    await world.end();
    await world.settled(world.operate({ image: "counter:2" }));
    const after = await Promise.all(["visits-authority", "visits-counter-tls", "visits-store-tls"].map(secret));
    assert.deepEqual(
      after.map((one) => one?.metadata.resourceVersion),
      before.map((one) => one?.metadata.resourceVersion),
    );
  });

  for (const [what, damage] of Object.entries({
    deleted: (name: string) => world.api.remove(SECRETS, { name, namespace: world.namespace }),
    emptied: (name: string) => change(name, { "tls.crt": "", "tls.key": "", "ca.crt": "" }),
    "given the key of another certificate": async (name: string) =>
      change(name, { "tls.key": (await foreign("counter")).key }),
    "given a foreign certificate": async (name: string) => {
      const { certificate, key } = await foreign("counter");
      return change(name, { "tls.crt": certificate, "tls.key": key });
    },
  })) {
    it(`of counters are made again by the same authority when their Secret is ${what}`, async () => {
      const running = world.operate();
      await made();
      await world.settled(running);
      const authority = await leaf("visits-authority");
      const before = (await leaf("visits-counter-tls"))?.serialNumber;
      await damage("visits-counter-tls");
      const after = await eventually(async () => {
        const now = await leaf("visits-counter-tls");
        return now && now.serialNumber !== before && authority && now.verify(authority.publicKey) ? now : null;
      });
      assert.equal(after.subjectAltName, `URI:spiffe://visits.${world.namespace}/counter`);
      assert.equal(await text("visits-counter-tls", "ca.crt"), await text("visits-authority", "ca.crt"));
    });
  }

  it("of a lost authority stay trusted, and the next one does not issue before pods can know it", async () => {
    const running = world.operate();
    await made();
    await world.settled(running);
    const [old, before] = [await text("visits-authority", "tls.crt"), await leaf("visits-counter-tls")];
    await world.api.remove(SECRETS, { name: "visits-authority", namespace: world.namespace });
    await eventually(async () => (await text("visits-counter-tls", "ca.crt")).match(/BEGIN/g)?.length === 2);
    assert.ok((await text("visits-counter-tls", "ca.crt")).includes(old));
    assert.equal((await leaf("visits-counter-tls"))?.serialNumber, before?.serialNumber);
    assert.notEqual(await text("visits-authority", "next.key"), "");
    assert.equal(await text("visits-authority", "tls.key"), "");
  });

  it("are not written into a Secret that belongs to somebody else, which is reported", async () => {
    await change("visits-counter-tls", { mine: "text" });
    world.operate();
    await world.make("visits");
    const { message } = await eventually(async () => {
      const degraded = await world.condition("visits", "Degraded");
      return degraded?.status === "True" ? degraded : null;
    });
    assert.match(message, /Secret visits-counter-tls: it exists and does not belong to this resource/);
    assert.equal(await text("visits-counter-tls", "mine"), "text");
    await condition("NoCertificates");
    assert.equal(await world.child("Deployment", "visits"), null, "a pod would start without a certificate");
  });

  it("are not made where TLS is turned off, which is a warning", async () => {
    world.operate();
    await world.make("visits", { tls: { enabled: false } });
    await condition("Disabled");
    assert.equal(await secret("visits-authority"), null);
    const [event] = await eventually(async () => {
      const found = await world.events("visits", "NotSecure");
      return found.length > 0 ? found : null;
    });
    assert.equal(event?.type, "Warning");
  });

  it("are asked of cert-manager where the resource names an issuer, and awaited", async () => {
    await installCertManager(world.api);
    world.operate();
    await world.make("visits", { tls: { issuerRef: { name: "ours" } } });
    const { message } = await condition("AwaitsIssuer");
    assert.match(message, /Issuer ours .*: visits-counter-tls, visits-store-tls\.$/);
    assert.equal(await world.child("Deployment", "visits"), null);
    assert.equal(await secret("visits-authority"), null);
    const asked = (await world.child("Certificate", "visits-store-tls"))?.spec;
    assert.deepEqual([asked?.commonName, asked?.uris], ["store", [`spiffe://visits.${world.namespace}/store`]]);
    assert.deepEqual(asked?.issuerRef, { name: "ours", kind: "Issuer", group: "cert-manager.io" });
    await issued("visits-counter-tls", "counter");
    await issued("visits-store-tls", "store");
    await eventually(async () => world.child("StatefulSet", "visits-etcd"));
    await eventually(async () => world.child("Deployment", "visits"));
    await condition("RollingOut");
  });

  /** As a person changes a Secret. */
  function change(name: string, texts: Readonly<Record<string, string>>): Promise<Secret> {
    const data = Object.fromEntries(
      Object.entries(texts).map(([key, value]) => [key, Buffer.from(value).toString("base64")]),
    );
    const metadata = { name, namespace: world.namespace };
    return world.api.apply<Secret>(SECRETS, { apiVersion: "v1", kind: "Secret", metadata, data }, PERSON);
  }

  /** As cert-manager writes one. */
  async function issued(name: string, role: Role): Promise<void> {
    const { ca, certificate, key } = await foreign(role);
    await change(name, { "ca.crt": ca, "tls.crt": certificate, "tls.key": key });
  }

  async function foreign(role: Role) {
    const dates = { notBefore: Date.now() - 1_000, notAfter: Date.now() + 3_600_000 };
    const authority = await createAuthority({ cluster: "foreign", ...dates });
    const identity = { cluster: `visits.${world.namespace}`, role };
    return { ca: authority.certificate, ...(await issueCertificate(authority, { identity, ...dates })) };
  }
});
