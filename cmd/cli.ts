import { enableCompileCache } from "node:module";

// Compiling and stripping types would be most of the time that a short command takes.
enableCompileCache();
await import("./cli/main.ts");
