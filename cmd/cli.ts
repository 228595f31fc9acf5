import { enableCompileCache } from "node:module";

// Without the cache, a short command would spend most of its time on compiling.
enableCompileCache();
await import("./cli/main.ts");
