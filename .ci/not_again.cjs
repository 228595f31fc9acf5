const { readFileSync } = require("node:fs");
const { testIn } = require("./test_in.cjs");

const passed = new Set(readFileSync(process.env.PASSED_TESTS, "utf8").split("\n"));

/**
 * Root hook of a run that follows another one on the same tree: the tests of a suite are left out if all of them have passed there, as the
 * file PASSED_TESTS says (`reporter.cjs`). Not some of them, because they may go on from each other. A title says how much a test tries, so one
 * that tries more here is another test.
 */
exports.mochaHooks = {
  beforeAll() {
    leaveOut(this.test.parent);
  },
};

function leaveOut(suite) {
  if (suite.tests.every((test) => passed.has(testIn(test)))) suite.tests = [];
  for (const inner of suite.suites) leaveOut(inner);
}
