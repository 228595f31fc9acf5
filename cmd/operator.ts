import { enableCompileCache } from "node:module";
import { keepStopSignals } from "./process/stop_signals.ts";

keepStopSignals();
// Compiling and stripping types at each start takes a quarter of a second, and about 10 MB that are never given back.
enableCompileCache();
await import("./operator/process.ts");
