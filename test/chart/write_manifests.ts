import { writeFileSync } from "node:fs";
import { MANIFESTS, manifests } from "./manifests.ts";

for (const [file, text] of manifests()) writeFileSync(new URL(file, MANIFESTS), text);
