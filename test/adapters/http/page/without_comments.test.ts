import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { withoutComments } from "../../../../internal/adapters/http/page/without_comments.ts";

const BROWSER = new URL("../../../../internal/adapters/http/page/browser/", import.meta.url);

/** The program that a parser reads, printed anew and without any comments. */
function program(text: string): string {
  return stripTypeScriptTypes(text, { mode: "transform" });
}

describe("withoutComments", () => {
  for (const name of readdirSync(BROWSER).filter((name) => name.endsWith(".js"))) {
    it(`leaves the program of ${name} the same, and none of its documentation`, () => {
      const text = readFileSync(new URL(name, BROWSER), "utf8");
      const stripped = withoutComments(text);
      assert.equal(program(stripped), program(text));
      assert.doesNotMatch(stripped, /^\s*(\/\/|\/\*|\*)/m);
    });
  }

  for (const name of readdirSync(BROWSER).filter((name) => name.endsWith(".css"))) {
    it(`leaves the rules of ${name} the same`, () => {
      const text = readFileSync(new URL(name, BROWSER), "utf8");
      const rules = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\s+/g, " ");
      assert.equal(withoutComments(text).replace(/\s+/g, " "), rules);
    });
  }

  it("would be noticed if it took a line out of a template literal", () => {
    const text = "const text = `\n// not a comment\n`;\n";
    assert.notEqual(program(withoutComments(text)), program(text));
  });
});
