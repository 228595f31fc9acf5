import type Router from "@koa/router";
import { fixedFile, sendFixedFile } from "../fixed_file.ts";
import { readQuery } from "../query.ts";
import { ADJUSTING_GETS, ADJUSTING_METHODS, ADJUSTING_POSTS } from "./adjusting_operations.ts";
import { LINK_GETS, LINK_METHODS } from "./link_operations.ts";
import { GETS, POSTS } from "./operations.ts";
import { withoutContent } from "./responses.ts";
import { SCHEMAS } from "./schemas.ts";

/** `GET /openapi.json`. */
export function routeOpenapi(router: Router): void {
  const file = fixedFile("application/json; charset=utf-8", JSON.stringify(openapi()));
  router.get("/openapi.json", (ctx) => {
    readQuery(ctx);
    sendFixedFile(ctx, file);
  });
}

const TOKEN_SCHEME = {
  type: "http",
  scheme: "bearer",
  bearerFormat: "gc_ and 49 letters or digits",
  description:
    "A token that `global-cluster token create` made. It may count many hits at once, and as often as it likes.",
};

/** Describes the interface in OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1). */
export function openapi() {
  const gets = Object.entries({ ...GETS, ...ADJUSTING_GETS, ...LINK_GETS }).map(([path, get]): [string, object] => {
    const operationId = `${get.operationId}Head`;
    const head = {
      ...get,
      operationId,
      summary: "The same without content. Counts nothing.",
      responses: withoutContent(get.responses),
    };
    return [path, { get, head, ...ADJUSTING_METHODS[path] }];
  });
  const posts = Object.entries({ ...POSTS, ...ADJUSTING_POSTS }).map(([path, post]): [string, object] => [
    path,
    { post },
  ]);
  const methods = Object.entries(LINK_METHODS);
  return {
    openapi: "3.1.0",
    info: {
      title: "Global Cluster",
      version: "1",
      summary: "A counter that runs on several nodes and counts exactly.",
      description: "Every hit that a node has acknowledged is counted once, and only once.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    paths: Object.fromEntries([...posts, ...methods, ...gets]),
    // Most requests need no token. The settings decide.
    security: [{}, { token: [] }],
    components: { schemas: SCHEMAS, securitySchemes: { token: TOKEN_SCHEME } },
  };
}
