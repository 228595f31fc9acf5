#!/usr/bin/env node
import "../on_node_24.mjs";

await import("../cli.ts");
