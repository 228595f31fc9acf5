const { relative } = require("node:path");

/** A test's file and its titles, as one line. */
exports.testIn = (test) => JSON.stringify([relative(process.cwd(), test.file ?? ""), ...test.titlePath()]);
