import { writeBundle } from "./bundle.ts";

/** write_bundle.ts FOLDER: writes what the image runs to FOLDER. */
const [folder] = process.argv.slice(2) as [string];
await writeBundle(folder);
