import { writeFileSync } from "node:fs";
import { LAND_FILE, landSvg } from "./land.ts";

writeFileSync(LAND_FILE, landSvg());
