/** The image under test. The cluster's nodes must have it. */
export const IMAGE = process.env.E2E_IMAGE ?? "global-cluster:dev";
/** An image of the release 0.1.0, which the nodes must have, too. Empty: tests that begin with it are skipped. */
export const IMAGE_0_1_0 = process.env.E2E_IMAGE_0_1_0 ?? "";
/** The helm that installs the releases, version 4 or 3. */
export const HELM = process.env.E2E_HELM ?? "helm";
/** StorageClass of the managed etcds' volumes. Empty: the cluster's default. */
export const STORAGE_CLASS = process.env.E2E_STORAGE_CLASS ?? "";
/** A shell command that stops the API server for 30 s and starts it again. Empty: that test is skipped. */
export const STOP_API_SERVER = process.env.E2E_STOP_API_SERVER ?? "";
