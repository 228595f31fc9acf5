import { writeFileSync } from "node:fs";
import { licences, npmPackages } from "./licences.ts";

writeFileSync(new URL("../../docs/licences.md", import.meta.url), licences(npmPackages()));
