import { enableCompileCache } from "node:module";

// Without the cache, a short command would spend most of its time on compiling.
enableCompileCache();
if (process.argv[2] === "certificates") {
  process.argv.splice(2, 1);
  await import("./certificates.ts");
} else await import("./cli/main.ts");
