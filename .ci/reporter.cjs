const { appendFileSync, writeFileSync } = require("node:fs");
const { reporters } = require("mocha");
const { testIn } = require("./test_in.cjs");

const FAREWELL_MS = 20_000;

/**
 * The spec reporter; it also writes `<passed> <failed>` into the file named by its option `numbers`, and each test that passed, as a line,
 * into the one named by its option `passed`, if it has that.
 */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const { numbers, passed } = options.reporterOption;
    if (passed) runner.on("pass", (test) => appendFileSync(passed, `${testIn(test)}\n`));
    runner.once("end", () => {
      writeFileSync(numbers, `${this.stats.passes} ${this.stats.failures}\n`);
      // Runs only if a test has left something open that keeps the process alive.
      setTimeout(complain, FAREWELL_MS).unref();
    });
  }
};

function complain() {
  console.error(`The tests have ended, but something is still open: ${process.getActiveResourcesInfo().join(", ")}`);
  // mocha has a listener of its own, which sets the code by the failures alone.
  process.on("exit", () => {
    process.exitCode = 1;
  });
  process.exit();
}
