import { enableCompileCache } from "node:module";
import { keepStopSignals } from "./process/stop_signals.ts";
import "./process/without_undici.ts";

keepStopSignals();
// Without the cache, each start takes a quarter of a second longer to compile, and the process keeps about 10 MB more.
enableCompileCache();
await import("./operator/process.ts");
