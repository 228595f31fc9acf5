// free_ports.mjs COUNT: prints the first of COUNT ports in a row that are free on loopback.
import { once } from "node:events";
import { createServer } from "node:net";

const count = Number(process.argv[2]);
for (let tries = 0; tries < 50; tries++) {
  const first = 20_000 + Math.floor(Math.random() * 10_000);
  const ports = Array.from({ length: count }, (_, index) => first + index);
  if ((await Promise.all(ports.map(isFree))).every(Boolean)) {
    console.log(first);
    process.exit(0);
  }
}
throw new Error(`found no ${count} free ports in a row`);

async function isFree(port) {
  const server = createServer().listen(port, "127.0.0.1");
  const free = await once(server, "listening").then(
    () => true,
    () => false,
  );
  server.close();
  return free;
}
