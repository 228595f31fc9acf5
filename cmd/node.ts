import { enableCompileCache } from "node:module";
import { keepStopSignals } from "./process/stop_signals.ts";

keepStopSignals();
// Compiling and stripping types at each start takes a node a quarter of a second, and about 10 MB that it never gives back.
enableCompileCache();
await import("./node/process.ts");
