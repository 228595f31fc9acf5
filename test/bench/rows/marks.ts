import { fileURLToPath } from "node:url";
import type { KeptMarksNews } from "../kept_marks_process.ts";
import { PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import type { Row } from "../row.ts";

const KEPT_MARKS = fileURLToPath(new URL("../kept_marks_process.ts", import.meta.url));
const VISITORS = 1_000_000;
const MEMORY_GOAL_MB = 40;
const MB = 1_000_000;

/** What the marks of a day's visitors take, in a process that has nothing else. */
export const marks: Row = {
  name: "marks",
  async run({ smoke }) {
    const flags = ["--expose-gc", "--max-semi-space-size=8"];
    const visitors = String(smoke ? VISITORS / 10 : VISITORS);
    const holder = new PinnedProcess([process.execPath, ...flags, KEPT_MARKS, visitors], {
      core: SERVER_CORE,
      ipc: true,
    });
    const isNews = (message: unknown): message is KeptMarksNews => (message as KeptMarksNews).kind === "kept";
    const { marks, memory } = await holder.hear(isNews);
    await holder.end("SIGKILL");
    return [
      {
        measure: `memory of the marks of ${marks} visitors of one day`,
        goal: `<= ${MEMORY_GOAL_MB} MB`,
        result: `${(memory / MB).toFixed(0)} MB`,
        reached: smoke ? null : memory <= MEMORY_GOAL_MB * MB,
      },
    ];
  },
};
