#!/usr/bin/env node
import "../process/on_node_24.mjs";

await import("../cli.ts");
