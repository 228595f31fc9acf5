/** The project's files as the checks see them: paths relative to its root. */
export interface ProjectFiles {
  readonly paths: readonly string[];
  read(path: string): string;
}

/** One rule or history: a heading of the third level, and what stands below it. */
export interface Section {
  readonly name: string;
  /** On one line, because documents wrap where they like. */
  readonly text: string;
}

export const PROTOCOL = "docs/protocol.md";
export const HISTORIES = "docs/histories.md";

/** The rules of the protocol: the sections below "The rules". */
export function rulesIn(protocol: string): Section[] {
  const [, rules = ""] = /^## The rules$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(protocol) ?? [];
  return sectionsIn(rules);
}

/** The histories, each by its number, or by its name if it has none. */
export function historiesIn(histories: string): Section[] {
  return sectionsIn(histories).map(({ name, text }) => ({ name: /^H\d+/.exec(name)?.[0] ?? name, text }));
}

/** What is wrong with the rules and histories, a sentence each: files and tests that they name and that do not exist, or none at all. */
export function sectionProblems(files: ProjectFiles): string[] {
  const rules = rulesIn(files.read(PROTOCOL));
  const histories = historiesIn(files.read(HISTORIES));
  const names = [...rules, ...histories].map(({ name }) => name);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  return [
    ...twice.map((name) => `"${name}" is the name of two sections`),
    ...rules.flatMap((rule) => ruleProblems(rule)),
    ...histories.flatMap((history) => historyProblems(history, rules)),
  ];
}

/** What is wrong with a document's references: paths that do not exist, and titles that are not in the test file that is named. */
export function referenceProblems(document: string, files: ProjectFiles): string[] {
  const text = onOneLine(files.read(document));
  return [
    ...pathsIn(text).flatMap((path) => pathProblems(document, path, files)),
    ...testsIn(text).flatMap((test) => titleProblems(document, test, files)),
  ];
}

/** What is wrong with the citations of rules and histories in the source files at `paths`. */
export function citationProblems(paths: readonly string[], files: ProjectFiles): string[] {
  const known = {
    rules: new Set(rulesIn(files.read(PROTOCOL)).map(({ name }) => name)),
    histories: new Set(historiesIn(files.read(HISTORIES)).map(({ name }) => name)),
  };
  return paths.flatMap((path) => problemsOfFile(path, files.read(path), known));
}

function problemsOfFile(
  path: string,
  content: string,
  { rules, histories }: { readonly rules: ReadonlySet<string>; readonly histories: ReadonlySet<string> },
): string[] {
  const text = onOneLine(content.replaceAll(/^\s*(?:\*|\/\/|#) ?/gm, ""));
  const unknownRules = citedRules(text).filter((name) => !rules.has(name));
  const unknownHistories = citedHistories(text).filter((name) => !histories.has(name));
  return [
    ...unknownRules.map((name) => `${path} cites the rule "${name}", which ${PROTOCOL} does not have`),
    ...unknownHistories.map((name) => `${path} cites the history "${name}", which ${HISTORIES} does not have`),
    ...(OUTSIDE.exec(text) ?? []).map((words) => `${path} cites "${words}", which is no part of the project`),
  ];
}

/** Whether the name of a mutation begins with that of a rule. */
export function isOfARule(mutation: string, rules: readonly Section[]): boolean {
  return rules.some(({ name }) => mutation.startsWith(`${name}: `));
}

/** The design as it was planned outside of the repository. (In two pieces, so that this line does not find itself.) */
const OUTSIDE = new RegExp(
  ["\\bDESIGN(?:\\.md)?,? (?:rule|section)|\\bHISTORIES", "\\.md|\\.\\./shared/[A-Z]"].join(""),
);

interface CitedTest {
  readonly file: string;
  readonly titles: readonly string[];
}

function sectionsIn(markdown: string): Section[] {
  return [...markdown.matchAll(/^### (.+)$([\s\S]*?)(?=^##+ |$(?![\s\S]))/gm)].map(([, name = "", text = ""]) => ({
    name: name.trim(),
    text: onOneLine(text),
  }));
}

function ruleProblems({ name, text }: Section): string[] {
  const [, keepers = ""] = /\*\*Kept by\*\*(.*?)- \*\*Proved by\*\*/.exec(text) ?? [];
  const keeps = pathsIn(keepers).some((path) => !path.startsWith("test/"));
  return [...(keeps ? [] : [`the rule "${name}" names no file that keeps it`]), ...proofProblems("rule", name, text)];
}

function historyProblems({ name, text }: Section, rules: readonly Section[]): string[] {
  const lines = ["Happens", "Went wrong", "Stopped by"].filter((word) => !text.includes(`- **${word}**`));
  const links = [...text.matchAll(/\[([^\]]+)\]\(protocol\.md#([\w-]+)\)/g)];
  const wrong = links.filter(
    ([, rule = "", anchor]) => !rules.some(({ name }) => name === rule) || anchorOf(rule) !== anchor,
  );
  return [
    ...lines.map((word) => `the history "${name}" has no line "${word}"`),
    ...(links.length > 0 ? [] : [`the history "${name}" names no rule that stops it`]),
    ...wrong.map(([link]) => `the history "${name}" is stopped by ${link}, which is no rule`),
    ...proofProblems("history", name, text),
  ];
}

function proofProblems(what: string, name: string, text: string): string[] {
  const tests = testsIn(text);
  const untitled = tests.filter(({ titles }) => titles.length === 0);
  return [
    ...(tests.length > 0 ? [] : [`the ${what} "${name}" names no test`]),
    ...untitled.map(({ file }) => `the ${what} "${name}" names ${file} without a title in it`),
  ];
}

function pathProblems(document: string, path: string, files: ProjectFiles): string[] {
  const folder = document.slice(0, document.lastIndexOf("/") + 1);
  const found = [path, `internal/${path}`, folder + path].some((one) =>
    files.paths.some((file) => file === one || file.startsWith(one.endsWith("/") ? one : `${one}/`)),
  );
  if (found) return [];
  const moved = files.paths.filter((file) => file.endsWith(path.slice(path.lastIndexOf("/"))));
  return [`${document} names ${path}, which does not exist${moved.length > 0 ? `; is it ${moved.join(" or ")}?` : ""}`];
}

function titleProblems(document: string, { file, titles }: CitedTest, files: ProjectFiles): string[] {
  if (!files.paths.includes(file)) return [];
  const missing = titles.filter((title) => !files.read(file).includes(title));
  return missing.map((title) => {
    const elsewhere = files.paths.filter((path) => /^test\/.*\.ts$/.test(path) && files.read(path).includes(title));
    const hint = elsewhere.length > 0 ? `; ${elsewhere.join(" and ")} has it` : "";
    return `${document} names the test "${title}" in ${file}, which does not have it${hint}`;
  });
}

/** Files and folders in backquotes, with two names or more: a single one is not judged. */
function pathsIn(text: string): string[] {
  const paths = text.matchAll(
    /`((?:[\w.-]+\/)+(?:[\w.-]+\.(?:ts|js|mjs|proto|yaml|json|md)|[\w.-]+\/))`|`(test\/\w+)`/g,
  );
  return [...paths].map(([, path, folder]) => (path ?? folder) as string);
}

/** Test files in backquotes, with the titles in quotes that follow. */
function testsIn(text: string): CitedTest[] {
  return [...text.matchAll(/`(test\/[\w./-]+\.ts)`:?((?:,? ?"[^"]+")*)/g)].map(([, file = "", titles = ""]) => ({
    file,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = ""]) => title),
  }));
}

function citedRules(text: string): string[] {
  return [...text.matchAll(/docs\/protocol\.md, ([A-Z][a-z]+(?: [a-z]+)*)/g)].map(([, name = ""]) => name);
}

function citedHistories(text: string): string[] {
  const named = [...text.matchAll(/docs\/histories\.md, ([^).;"`]+)/g)].map(([, name = ""]) => name);
  return [...named, ...[...text.matchAll(/\bH\d{1,3}\b/g)].map(([number]) => number)];
}

function anchorOf(heading: string): string {
  return heading.toLowerCase().replaceAll(" ", "-");
}

function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
