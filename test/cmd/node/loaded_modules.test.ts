import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What a node keeps in memory before anybody has asked it for anything. */
describe("the modules that a node loads to start", () => {
  for (const program of ["node", "operator"]) {
    it(`do not include undici, which takes 12 MB: ${program}`, () => {
      assert.deepEqual(
        loadedBy(program).modules.filter((name) => name.includes("undici")),
        [],
      );
    });

    it(`need no tables of languages, which take 3 to 10 MB: ${program}`, () => {
      assert.deepEqual(loadedBy(program).languages, []);
    });
  }

  it("do not include undici after a response of JSON either, of which koa asks whether it is a Response", () => {
    const output = execFileSync(process.execPath, ["--import", WITHOUT_UNDICI, "--eval", `(${respond})()`]);
    assert.equal(String(output), '{"value":1} undici: false\n');
  });
});

const WITHOUT_UNDICI = new URL("../../../internal/adapters/http/without_undici.ts", import.meta.url).href;

async function respond(): Promise<void> {
  const { default: Koa } = await import("koa");
  const http = await import("node:http");
  const app = new Koa();
  app.use((ctx) => {
    ctx.body = { value: 1 };
  });
  const server = app.listen(0, "127.0.0.1", () => {
    http.get({ port: (server.address() as { port: number }).port, agent: false }, async (response) => {
      const body = (await response.toArray()).join("");
      const { moduleLoadList } = process as unknown as { readonly moduleLoadList: readonly string[] };
      console.log(
        body,
        "undici:",
        moduleLoadList.some((name) => name.includes("undici")),
      );
      server.close();
    });
  });
}

interface Loaded {
  /** Node's own. */
  readonly modules: readonly string[];
  /** Where an Intl object was made. */
  readonly languages: readonly string[];
}

/** With `--help`, a program ends once it has loaded all of its modules. */
function loadedBy(program: string): Loaded {
  const script = fileURLToPath(new URL(`../../../cmd/${program}.ts`, import.meta.url));
  const flags = ["--import", `data:text/javascript,(${watch})()`, script, "--help"];
  const output = execFileSync(process.execPath, flags, { encoding: "utf8", env: { ...process.env, FORCE_COLOR: "0" } });
  return JSON.parse(output.slice(output.indexOf("LOADED ") + "LOADED ".length)) as Loaded;
}

function watch(): void {
  const languages: string[] = [];
  for (const name of ["Collator", "NumberFormat", "DateTimeFormat", "Segmenter"] as const) {
    const made = (target: object, args: unknown[]) => {
      languages.push(`${name}: ${new Error().stack}`);
      return Reflect.construct(target as new () => object, args);
    };
    Reflect.set(Intl, name, new Proxy(Intl[name] as object as new () => object, { construct: made }));
  }
  process.on("exit", () => {
    const { moduleLoadList: modules } = process as unknown as { readonly moduleLoadList: readonly string[] };
    console.log(`LOADED ${JSON.stringify({ modules, languages })}`);
  });
}
