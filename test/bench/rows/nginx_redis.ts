import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { freePorts } from "../../free_port.ts";
import { type Contestant, contest } from "../contest.ts";
import { PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import { BenchFailure, type Effort, type Line, type Row } from "../row.ts";
import { withDirectory } from "../temporary_directory.ts";
import { verdict } from "../verdict.ts";
import { aloneOn } from "./against_bare.ts";

const GOAL = 1.3;
const MEASURE = "POST .../hits / nginx + Lua + Redis INCR on the same core";
const PATH = "/v1/counters/visits/hits";
/** Where Debian's packages put them. */
const MODULES = "/usr/lib/nginx/modules";
const LUA = "/usr/share/lua/5.1";

/** What people would put together for the same purpose: less exact than this program, and as fast as they can make it. */
export const againstNginx: Row = {
  name: "nginx",
  async run(effort) {
    const lacking = missing();
    if (lacking) return [{ measure: MEASURE, goal: `>= ${GOAL}`, result: lacking, reached: null }];
    return withDirectory((directory) => run(directory, effort));
  },
};

function missing(): string | null {
  const files = [`${MODULES}/ngx_http_lua_module.so`, `${LUA}/nginx/redis.lua`].filter((file) => !existsSync(file));
  const programs = ["nginx", "redis-server", "redis-cli"].filter((name) => spawnSync(name, ["--version"]).error);
  const lacking = [...programs, ...files].join(", ");
  return lacking && `not measured: there is no ${lacking} (nginx libnginx-mod-http-lua lua-nginx-redis redis-server)`;
}

async function run(directory: string, effort: Effort): Promise<readonly Line[]> {
  const node = await aloneOn(SERVER_CORE, directory);
  const { contestant, counted } = await startNginx(directory);
  const ours = {
    name: "node",
    load: { url: node.url + PATH, method: "POST" as const },
    processes: [node.process],
  };
  const report = await contest(ours, contestant, effort);
  await node.mustHaveCounted("visits", report.acknowledged.ours);
  const theirs = counted();
  if (theirs !== report.acknowledged.theirs)
    throw new BenchFailure(`Redis counted ${theirs} of ${report.acknowledged.theirs} hits`);
  await node.stop();
  for (const process of contestant.processes) await process.end("SIGKILL");
  const judged = verdict(report, GOAL);
  const result = `${judged.result}; Redis without persistence, the node with its journal`;
  return [{ measure: MEASURE, ...judged, result }];
}

async function startNginx(directory: string): Promise<{ contestant: Contestant; counted: () => number }> {
  const [http, redisPort] = (await freePorts(2)) as [number, number];
  const volatile = ["--save", "", "--appendonly", "no", "--dir", directory, "--bind", "127.0.0.1"];
  const redis = new PinnedProcess(["redis-server", "--port", String(redisPort), ...volatile], { core: SERVER_CORE });
  await redis.until("it is ready", () => redis.output.includes("Ready to accept connections"));
  const file = `${directory}/nginx.conf`;
  writeFileSync(file, configuration(directory, http, redisPort));
  const nginx = new PinnedProcess(["nginx", "-p", directory, "-e", `${directory}/error.log`, "-c", file], {
    core: SERVER_CORE,
  });
  await nginx.until("it answers", () => answers(`http://127.0.0.1:${http}/healthz`));
  const load = { url: `http://127.0.0.1:${http}${PATH}`, method: "POST" as const };
  return {
    contestant: { name: "nginx", load, processes: [nginx, redis] },
    counted: () => Number(spawnSync("redis-cli", ["-p", String(redisPort), "GET", "visits"]).stdout.toString()),
  };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** One process, no log of requests, connections that stay open on both sides. */
function configuration(directory: string, http: number, redis: number): string {
  return `
load_module ${MODULES}/ndk_http_module.so;
load_module ${MODULES}/ngx_http_lua_module.so;
daemon off;
master_process off;
pid ${directory}/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  lua_package_path "${LUA}/?.lua;;";
  client_body_temp_path ${directory}/body;
  proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${http};
    location = /healthz { return 200 "alive\\n"; }
    location ~ ^/v1/counters/([a-z0-9._-]+)/hits$ {
      content_by_lua_block {
        local counter = ngx.var[1]
        local redis = require("nginx.redis"):new()
        local connected = redis:connect("127.0.0.1", ${redis})
        local value = connected and redis:incr(counter)
        if not value then return ngx.exit(503) end
        redis:set_keepalive(60000, 128)
        local answer = string.format('{"counter":"%s","value":%d}', counter, value)
        ngx.header["Content-Type"] = "application/json"
        ngx.header["Cache-Control"] = "no-store"
        ngx.header["Content-Length"] = #answer
        ngx.print(answer)
      }
    }
  }
}
`;
}
