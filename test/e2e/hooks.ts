import { endLoadPod, startLoadPod } from "./load.ts";

/** Mocha's root hooks (`--require`): one pod sends the hits of all suites. */
export const mochaHooks = {
  async beforeAll(this: Mocha.Context): Promise<void> {
    this.timeout(120_000);
    await startLoadPod();
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(120_000);
    await endLoadPod();
  },
};
