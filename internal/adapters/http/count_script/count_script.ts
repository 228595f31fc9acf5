import { readFileSync } from "node:fs";
import type Router from "@koa/router";
import { answerFixedFile, fixedFile } from "../fixed_file.ts";
import { readQuery } from "../query.ts";

/** `GET /count.js`: what a page of another site includes to be counted. Throws when the file is missing: an incomplete installation. */
export function routeCountScript(router: Router): void {
  const text = readFileSync(new URL("count.js", import.meta.url), "utf8");
  const file = fixedFile("text/javascript; charset=utf-8", text);
  router.get("/count.js", (ctx) => {
    readQuery(ctx);
    answerFixedFile(ctx, file);
  });
}
