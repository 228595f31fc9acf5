import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { MUTATIONS } from "../mutation/mutations.ts";
import {
  citationProblems,
  HISTORIES,
  isOfARule,
  PROTOCOL,
  type ProjectFiles,
  referenceProblems,
  rulesIn,
  sectionProblems,
} from "./citations.ts";

const ROOT = resolve(import.meta.dirname, "../..");
/** Documents whose references to files and tests are checked. */
const DOCUMENTS = [PROTOCOL, HISTORIES, "docs/guarantee.md", "ARCHITECTURE.md"];
/** These tests make citations up. */
const HERE = "test/documents/";

/** The files of this project, as far as documents name them. */
function projectFiles(): ProjectFiles {
  const folders = ["internal", "cmd", "image", "test", "proto", "docs", "charts", "k8s"];
  const inside = folders.flatMap((folder) => {
    const entries = readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => relative(ROOT, join(parentPath, name)));
  });
  const texts = new Map<string, string>();
  return {
    paths: [...inside, ...readdirSync(ROOT).filter((name) => name.endsWith(".md"))],
    read(path) {
      const text = texts.get(path) ?? readFileSync(join(ROOT, path), "utf8");
      texts.set(path, text);
      return text;
    },
  };
}

/** A project of few files that has nothing wrong, with `changes`. */
function small(changes: Readonly<Record<string, string>> = {}): ProjectFiles {
  const all: Record<string, string> = {
    [PROTOCOL]: `# The protocol

## The rules

### Plan
It counts
once.
- **Kept by** \`internal/plan.ts\`
- **Proved by** \`test/plan.test.ts\`
  "counts once"

### First offer
- **Kept by** \`internal/plan.ts\`
- **Proved by** \`test/plan.test.ts\` "counts once", "offers"

## Formats

### Of something
`,
    [HISTORIES]: `# Histories

### H1: Twice
- **Happens** Twice.
- **Went wrong** Two.
- **Stopped by** [First offer](protocol.md#first-offer): \`test/plan.test.ts\` "counts once"

### The fork
- **Happens** A fork.
- **Went wrong** Lost.
- **Stopped by** [Plan](protocol.md#plan): \`test/plan.test.ts\` "offers"
`,
    "internal/plan.ts": "/** See (docs/protocol.md,\n * First offer) and H1, and docs/histories.md, The fork. */",
    "test/plan.test.ts": 'it("counts once (H1)"); it("offers");',
    ...changes,
  };
  return { paths: Object.keys(all), read: (path) => all[path] as string };
}

/** `small()` with `find` replaced in `path`. */
function changed(path: string, find: string, replace: string): ProjectFiles {
  const text = small().read(path);
  assert.ok(text.includes(find), `"${find}" is not in ${path}`);
  return small({ [path]: text.replace(find, replace) });
}

describe("the documents of the protocol", () => {
  const files = projectFiles();

  it("name, for each rule and history, what keeps or stops it and a test", () => {
    assert.deepEqual(sectionProblems(files), []);
  });

  for (const document of DOCUMENTS)
    it(`name files and tests that exist: ${document}`, () => assert.deepEqual(referenceProblems(document, files), []));

  it("have every rule and history that is cited anywhere", () => {
    const citing = files.paths.filter(
      (path) =>
        /^(?:internal|cmd|test|proto|docs)\/.*\.(?:ts|js|mjs|proto|md)$|^\w+\.md$/.test(path) && !path.startsWith(HERE),
    );
    assert.ok(citing.length > 400, "few files are looked at");
    assert.deepEqual(citationProblems(citing, files), []);
  });

  it("have the rule that each mutation takes out, and each rule is taken out", () => {
    const rules = rulesIn(files.read(PROTOCOL));
    const names = MUTATIONS.map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => !isOfARule(name, rules)),
      [],
    );
    assert.deepEqual(
      rules.filter((rule) => !names.some((name) => isOfARule(name, [rule]))),
      [],
    );
  });
});

describe("the check of citations", () => {
  const problemsOf = (files: ProjectFiles) => [
    ...sectionProblems(files),
    ...[PROTOCOL, HISTORIES].flatMap((document) => referenceProblems(document, files)),
    ...citationProblems(["internal/plan.ts", "test/plan.test.ts"], files),
  ];

  it("finds nothing wrong with what is right", () => {
    assert.deepEqual(problemsOf(small()), []);
  });

  const cases: readonly [what: string, path: string, find: string, replace: string, problem: RegExp][] = [
    [
      "a cited rule that does not exist",
      "internal/plan.ts",
      "First offer",
      "Last offer",
      /cites the rule "Last offer"/,
    ],
    ["a cited section that is no rule", "internal/plan.ts", "First offer", "Of something", /the rule "Of something"/],
    ["a cited number without a history", "test/plan.test.ts", "H1", "H41", /cites the history "H41"/],
    ["a cited name without a history", "internal/plan.ts", "The fork", "The spoon", /cites the history "The spoon"/],
    ["the design outside", "internal/plan.ts", "See", "DESIGN rule 4", /no part of the project/],
    [
      "a rule whose file is gone",
      PROTOCOL,
      "internal/plan.ts",
      "internal/gone.ts",
      /internal\/gone\.ts, which does not/,
    ],
    ["a rule without a file", PROTOCOL, "`internal/plan.ts`", "something", /"Plan" names no file/],
    ["a rule without a test", PROTOCOL, '`test/plan.test.ts`\n  "counts once"', "luck", /"Plan" names no test/],
    ["a rule whose test has no title", PROTOCOL, '\n  "counts once"', "", /"Plan" names test\/plan\.test\.ts without/],
    ["a title that its test does not have", PROTOCOL, '"offers"', '"refuses"', /"refuses" in test\/plan\.test\.ts/],
    ["a history whose test is gone", HISTORIES, "test/plan.test.ts", "test/p.test.ts", /test\/p\.test\.ts, which does/],
    ["a history without a test", HISTORIES, '`test/plan.test.ts` "offers"', "luck", /"The fork" names no test/],
    ["a history without a rule", HISTORIES, "[Plan](protocol.md#plan)", "Luck", /"The fork" names no rule/],
    [
      "a history that a missing rule stops",
      HISTORIES,
      "[Plan]",
      "[Luck]",
      /\[Luck\]\(protocol\.md#plan\), which is no rule/,
    ],
    ["a history whose link leads elsewhere", HISTORIES, "#plan", "#plans", /protocol\.md#plans\), which is no rule/],
    ["a history with a line missing", HISTORIES, "- **Happens** A fork.", "", /"The fork" has no line "Happens"/],
    ["two histories of one number", HISTORIES, "### The fork", "### H1: Again", /"H1" is the name of two sections/],
  ];
  for (const [what, path, find, replace, problem] of cases)
    it(`notices ${what}`, () => assert.match(problemsOf(changed(path, find, replace)).join("\n"), problem));

  it("says where a file has moved to, and which test has a title now", () => {
    const moved = { ...small(), paths: [PROTOCOL, HISTORIES, "internal/room/plan.ts", "test/plan.test.ts"] };
    assert.match(referenceProblems(PROTOCOL, moved).join("\n"), /is it internal\/room\/plan\.ts\?/);
    const split = small({ "test/plan.test.ts": "counts once", "test/offer.test.ts": "offers" });
    assert.match(referenceProblems(PROTOCOL, split).join("\n"), /; test\/offer\.test\.ts has it/);
  });

  it("notices a mutation of no rule", () => {
    const rules = rulesIn(small().read(PROTOCOL));
    assert.ok(isOfARule("First offer: absent is zero", rules));
    assert.ok(!isOfARule("2: absent is zero", rules));
  });
});
