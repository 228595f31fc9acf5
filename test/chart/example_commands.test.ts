import assert from "node:assert/strict";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { COUNTER_CLUSTERS, installDefinition } from "../core/operator/installed_definition.ts";
import { MANIFESTS } from "./manifests.ts";
import { PersonAtShell, SECRETS } from "./person_at_shell.ts";

const NAMESPACE = "global-cluster";
const CERTIFICATES = ["ca.crt", "tls.crt", "tls.key"];

/** The commands in the examples do what they say, typed word by word. */
describe("what an example tells to type", () => {
  let person: PersonAtShell;
  before(async function () {
    person = await PersonAtShell.begin(this, NAMESPACE);
    await installDefinition(person.api);
    symlinkSync(fileURLToPath(MANIFESTS), join(person.folder, "k8s"));
    for (const file of CERTIFICATES) writeFileSync(join(person.folder, file), `the ${file}`);
  });
  after(async () => {
    if (!person) return;
    person.end();
    const { api } = person;
    for (const name of ["etcd-client", "etcd-user"]) await api.remove(SECRETS, { namespace: NAMESPACE, name });
    await api.remove(COUNTER_CLUSTERS, { namespace: NAMESPACE, name: "visits" });
  });

  it("makes a counter on an external etcd, and Secrets with what its pods read", async () => {
    const commands = commandsIn("examples/external_etcd.yaml");
    for (const command of commands) person.type(command);
    assert.equal(commands.length, 3);
    assert.ok(await person.api.read(COUNTER_CLUSTERS, NAMESPACE, "visits"));
    for (const file of CERTIFICATES) assert.equal(await person.secret("etcd-client", file), `the ${file}`);
    assert.equal(await person.secret("etcd-user", "username"), "counter");
    assert.equal(await person.secret("etcd-user", "password"), "change-me");
  });
});

function commandsIn(file: string): string[] {
  const lines = readFileSync(new URL(file, MANIFESTS), "utf8").split("\n");
  return lines.filter((line) => line.startsWith("#   kubectl ")).map((line) => line.slice(1).trim());
}
