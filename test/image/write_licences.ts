import { writeFileSync } from "node:fs";
import { licences } from "./licences.ts";

writeFileSync(new URL("../../docs/licences.md", import.meta.url), licences());
