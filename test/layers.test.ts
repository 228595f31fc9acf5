import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { RULES } from "./layers/rules.ts";
import { readSources, sourceFile } from "./layers/source_files.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

describe("layers", () => {
  const files = readSources(ROOT, ["cmd", "internal", "test"]);

  it("are all there", () => {
    const layers = new Set(files.map(({ layer }) => layer.replace(/\/.*/, "")));
    assert.deepEqual([...layers].sort(), ["adapters", "cmd", "core", "ports", "services", "test"]);
  });

  for (const rule of RULES) {
    it(rule.name, () => {
      const found = rule.violations(files);
      assert.ok(found.length === 0, `${found.join("\n")}\nagainst the rule: ${rule.name},\nbecause ${rule.reason}`);
    });
  }
});

describe("the checker of the layers", () => {
  const bites: [rule: string, files: Record<string, string>, ...violations: string[]][] = [
    [
      "the core imports only the core",
      {
        "internal/core/a.ts": 'import { b } from "./b.ts";\nimport { hash } from "node:crypto";',
        "internal/core/b.ts": 'import type { Clock } from "../ports/clock.ts";\nexport * from "koa";',
      },
      "internal/core/a.ts imports node:crypto",
      "internal/core/b.ts imports internal/ports/clock.ts",
      "internal/core/b.ts imports koa",
    ],
    [
      "ports import only the core and ports",
      { "internal/ports/a.ts": 'import "../core/b.ts";\nimport "./c.ts";\nimport "../adapters/etcd/d.ts"' },
      "internal/ports/a.ts imports internal/adapters/etcd/d.ts",
    ],
    [
      "services import only the core, ports and services",
      {
        "internal/services/leader/a.ts":
          'import "../../core/b.ts";\nimport "../counter/c.ts";\nimport {\n  d,\n} from "../../adapters/disk/d.ts"',
        "internal/services/counter/c.ts": 'const { e } = await import("node:os");',
      },
      "internal/services/leader/a.ts imports internal/adapters/disk/d.ts",
      "internal/services/counter/c.ts imports node:os",
    ],
    [
      "an adapter imports only the core, ports and its own folder",
      {
        "internal/adapters/etcd/a.ts":
          'import "etcd3"; import "./b.ts"; import "../etcd_more/c.ts"; import "../../services/d.ts"',
      },
      "internal/adapters/etcd/a.ts imports internal/adapters/etcd_more/c.ts",
      "internal/adapters/etcd/a.ts imports internal/services/d.ts",
    ],
    [
      "core and services see time, chance and the world only through ports",
      {
        "internal/core/a.ts": "const now = Date.now();",
        "internal/core/b.ts": "const text = `$" + "{Math.random()} and Date`;",
        "internal/core/c.ts":
          '// Date\nconst process = 1;\nconst x = { "Date": 1, note: "setTimeout" };\nx.fetch = /console/;',
        "internal/services/d.ts": "const t = wait ? setTimeout(f, 1) : null; interface E { process: 1; crypto?: 2 }",
        "internal/adapters/system/system_clock.ts": "export const wall = () => Date.now();",
      },
      "internal/core/a.ts uses Date",
      "internal/core/b.ts uses Math.random",
      "internal/core/c.ts uses process",
      "internal/services/d.ts uses setTimeout",
    ],
    [
      "an npm package is imported by one adapter folder and by nothing else",
      {
        "cmd/a.ts": 'import koa from "koa";',
        "internal/adapters/http/b.ts": 'import Router from "@koa/router"; import koa from "koa";',
        "internal/adapters/page/c.ts": 'import type { RouterContext } from "@koa/router/types";',
        "test/d.test.ts": 'import fc from "fast-check"; import koa from "koa";',
      },
      "cmd/a.ts imports koa",
      "internal/adapters/page/c.ts imports @koa/router, and so does adapters/http",
    ],
    [
      "built-in modules that reach outside the process are used only where they belong",
      {
        "cmd/a.ts": 'import { fork } from "node:child_process"; import "node:sqlite"; import "node:path";',
        "internal/adapters/prometheus/b.ts": 'import { readFileSync } from "node:fs";',
        "test/c.test.ts": 'import "node:dgram";',
      },
      "cmd/a.ts imports node:sqlite",
      "internal/adapters/prometheus/b.ts imports node:fs",
    ],
    [
      "only cmd imports cmd, and nothing but tests imports tests",
      {
        "cmd/a.ts": 'import "./settings/b.ts"; import "../test/c.ts";',
        "internal/adapters/http/d.ts": 'import "../../../cmd/a.ts";',
        "test/c.ts": 'import "../cmd/a.ts"; import "./d.ts";',
      },
      "cmd/a.ts imports test/c.ts",
      "internal/adapters/http/d.ts imports cmd/a.ts",
    ],
    [
      "imports say what they import",
      {
        "cmd/a.ts": "await import(name);",
        "cmd/b.ts": 'await import("./a.ts"); await import( "./c.ts" ); import.meta.url;',
        "cmd/c.ts": 'import { createRequire } from "node:module";',
      },
      "cmd/a.ts computes an import",
      "cmd/c.ts computes an import",
    ],
    [
      "files are named for what they do",
      { "test/helpers/a.ts": "", "internal/core/string_utils.ts": "", "cmd/misc.ts": "", "cmd/utilisation.ts": "" },
      "test/helpers/a.ts is such a name",
      "internal/core/string_utils.ts is such a name",
      "cmd/misc.ts is such a name",
    ],
    [
      "no import cycles",
      {
        "cmd/a.ts": 'import "./b.ts"; import "./d.ts";',
        "cmd/b.ts": 'import type { C } from "./c.ts";',
        "cmd/c.ts": 'import { a } from "./a.ts";',
        "cmd/d.ts": 'import "./c.ts";\n/* import "./d.ts" */\nconst text = `import "./d.ts"`;',
      },
      "cmd/a.ts -> cmd/b.ts -> cmd/c.ts -> cmd/a.ts is a cycle",
    ],
  ];

  it("is tried with every rule", () => {
    assert.deepEqual(
      bites.map(([rule]) => rule),
      RULES.map(({ name }) => name),
    );
  });

  for (const [name, texts, ...expected] of bites) {
    it(`bites: ${name}`, () => {
      const files = Object.entries(texts).map(([path, text]) => sourceFile(path, text));
      assert.deepEqual(RULES.find((rule) => rule.name === name)?.violations(files), expected);
    });
  }
});
