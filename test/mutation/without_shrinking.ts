import fc from "fast-check";

/**
 * Required by the tests of a mutation: to know that one fails, its smallest counterexample is not needed. Looking for that of a thousand
 * counters took 20 minutes.
 */
fc.configureGlobal({ endOnFailure: true });
