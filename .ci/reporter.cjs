const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

/** The spec reporter; it also writes `<passed> <failed>` into the file named by its option `numbers`. */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => writeFileSync(options.reporterOption.numbers, `${this.stats.passes} ${this.stats.failures}\n`));
  }
};
