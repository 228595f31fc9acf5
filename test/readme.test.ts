import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

/** Nobody types these: a pod runs the one, `npx global-cluster` is the other. */
const NOT_FOR_PEOPLE = ["operator", "cli"];

/** A reader finds every command in README.md, in CONTRIBUTING.md or in docs/. */
describe("the documents", () => {
  const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
  const docs = readdirSync(new URL("../docs", import.meta.url))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`);
  const documents = ["README.md", "CONTRIBUTING.md", ...docs].map(read).join("\n");

  it("name every command", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const names = Object.keys(scripts).filter((name) => !NOT_FOR_PEOPLE.includes(name));
    const commands = names.map((name) => (["start", "test"].includes(name) ? `npm ${name}` : `npm run ${name}`));
    assert.deepEqual(
      commands.filter((command) => !new RegExp(`${command}(?![\\w:])`).test(documents)),
      [],
    );
  });

  it("name what the tests on a real cluster are told by the environment", () => {
    const variables = read("test/e2e/surroundings.ts").match(/E2E_\w+/g) ?? [];
    assert.deepEqual(
      variables.filter((variable) => !documents.includes(`\`${variable}\``)),
      [],
    );
    assert.equal(variables.length, 5);
  });
});
