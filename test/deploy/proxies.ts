import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { example } from "./examples.ts";

/** A proxy of docs/deploy.md, with HTTPS on loopback. */
export interface Proxy {
  readonly name: "caddy" | "nginx";
  /** Whether requests wait while the node restarts. */
  readonly waits: boolean;
  start(folder: string, nodePort: number, httpsPort: number): ChildProcess;
}

export const PROXIES: readonly Proxy[] = [
  { name: "caddy", waits: true, start: startCaddy },
  { name: "nginx", waits: false, start: startNginx },
];

/** With a certificate of Caddy's own authority instead of one from Let's Encrypt. */
function startCaddy(folder: string, nodePort: number, httpsPort: number): ChildProcess {
  const options = `{
    admin off
    auto_https disable_redirects
    https_port ${httpsPort}
    skip_install_trust
    storage file_system ${folder}/caddy
  }\n`;
  const site = example("Caddyfile", [
    ["counter.example.com {", "localhost {\n\ttls internal"],
    ["127.0.0.1:4000", `127.0.0.1:${nodePort}`],
  ]);
  const file = join(folder, "Caddyfile");
  writeFileSync(file, options + site);
  return spawn("caddy", ["run", "--adapter", "caddyfile", "--config", file], {
    stdio: "ignore",
    env: { ...process.env, HOME: folder },
  });
}

function startNginx(folder: string, nodePort: number, httpsPort: number): ChildProcess {
  const subject = ["-subj", "/CN=localhost", "-days", "1", "-nodes"];
  const files = ["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")];
  const made = spawnSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", ...subject, ...files]);
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  const site = example("nginx.conf", [
    ["listen 443 ssl", `listen 127.0.0.1:${httpsPort} ssl`],
    ["server_name counter.example.com", "server_name localhost"],
    ["/etc/letsencrypt/live/counter.example.com/fullchain.pem", join(folder, "cert.pem")],
    ["/etc/letsencrypt/live/counter.example.com/privkey.pem", join(folder, "key.pem")],
    ["127.0.0.1:4000", `127.0.0.1:${nodePort}`],
  ]);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder}/${name};`)
    .join(" ");
  const file = join(folder, "nginx.conf");
  const outer = `pid ${folder}/nginx.pid; error_log ${folder}/error.log; events {} http { access_log off; ${temporary}\n`;
  writeFileSync(file, `daemon off; ${outer}${site}}`);
  return spawn("nginx", ["-c", file, "-p", folder], { stdio: "ignore" });
}
