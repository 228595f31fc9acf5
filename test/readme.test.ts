import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

/** People do not type these: a pod runs the first, and the second is `npx global-cluster`. */
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

  it("names the environment variables of the tests on a real cluster", () => {
    const variables = read("test/e2e/surroundings.ts").match(/E2E_\w+/g) ?? [];
    assert.deepEqual(
      variables.filter((variable) => !readme.includes(`\`${variable}\``)),
      [],
    );
    assert.equal(variables.length, 4);
  });
});
