import { readFileSync } from "node:fs";
import type Router from "@koa/router";
import { fixedFile, sendFixedFile } from "../fixed_file.ts";
import { withoutComments } from "../page/without_comments.ts";
import { readQuery } from "../query.ts";

/** `GET /count.js`: pages of other sites load it to count their visits. Throws if the file is missing. */
export function routeCountScript(router: Router): void {
  const text = readFileSync(new URL("count.js", import.meta.url), "utf8");
  const file = fixedFile("text/javascript; charset=utf-8", withoutComments(text));
  router.get("/count.js", (ctx) => {
    readQuery(ctx);
    sendFixedFile(ctx, file);
  });
}
