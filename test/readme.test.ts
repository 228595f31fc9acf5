import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** Nobody types these: a pod runs the one, `npx global-cluster` is the other. */
const NOT_FOR_PEOPLE = ["operator", "cli"];

describe("README", () => {
  const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), "utf8");
  const readme = read("README.md");

  it("names every command", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: Readonly<Record<string, string>> };
    const names = Object.keys(scripts).filter((name) => !NOT_FOR_PEOPLE.includes(name));
    const commands = names.map((name) => (["start", "test"].includes(name) ? `npm ${name}` : `npm run ${name}`));
    assert.deepEqual(
      commands.filter((command) => !new RegExp(`${command}(?![\\w:])`).test(readme)),
      [],
    );
  });

  it("names what the tests on a real cluster are told by the environment", () => {
    const variables = read("test/e2e/surroundings.ts").match(/E2E_\w+/g) ?? [];
    assert.deepEqual(
      variables.filter((variable) => !readme.includes(`\`${variable}\``)),
      [],
    );
    assert.equal(variables.length, 4);
  });
});
