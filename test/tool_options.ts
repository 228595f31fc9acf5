import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** The options of a tool for developers. Ends the process after `--help`, and with exit code 2 and a message after a mistake. */
export function toolOptions<T extends ParseArgsOptionsConfig>(help: string, options: T) {
  if (process.argv.includes("--help")) {
    console.log(help);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (error) {
    endWith(`${(error as Error).message}\n\n${help}`);
  }
}

/** The whole number from 0 up that `text`, given for `flag`, is. Ends the process with exit code 2 if it is none. */
export function wholeNumber(flag: string, text: string): number {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  endWith(`${flag} must be a whole number, not ${JSON.stringify(text)}`);
}

/** Ends the process with exit code 2, because its command line is wrong. */
export function endWith(message: string): never {
  console.error(message);
  process.exit(2);
}
