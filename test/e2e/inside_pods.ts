import { kubectl } from "./kubectl.ts";

/** Resident memory of process 1 of a container, in megabytes. */
export async function residentMegabytes(namespace: string, pod: string, container: string): Promise<number> {
  const script = 'console.log(/VmRSS:\\s+(\\d+)/.exec(fs.readFileSync("/proc/1/status", "latin1"))[1])';
  return Math.round(Number(await runNode(namespace, pod, container, script)) / 1_024);
}

/** Seconds from the start of a counter's process until it takes hits, from its log. */
export async function secondsToServe(namespace: string, pod: string): Promise<number> {
  const lines = (await kubectl("-n", namespace, "logs", pod, "-c", "counter"))
    .split("\n")
    .filter((line) => line.startsWith("{"));
  const serving = lines.map(logged).find(({ event }) => event === "serving");
  if (!serving) throw new Error(`${pod} does not log that it serves`);
  return (Date.parse(serving.time) - Number(await runNode(namespace, pod, "counter", STARTED))) / 1_000;
}

/** When process 1 began, in milliseconds since 1970. Linux counts it in hundredths of a second since the machine was started. */
const STARTED = `
  const words = (file) => fs.readFileSync(file, "latin1").replace(/^.*\\) /, "").split(" ");
  const ago = Number(words("/proc/uptime")[0]) - Number(words("/proc/1/stat")[19]) / 100;
  console.log(Date.now() - ago * 1000);`;

function logged(line: string): { readonly time: string; readonly event: string } {
  return JSON.parse(line);
}

async function runNode(namespace: string, pod: string, container: string, script: string): Promise<string> {
  return kubectl("-n", namespace, "exec", pod, "-c", container, "--", "node", "-e", script);
}
