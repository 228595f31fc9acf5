/** The image under test; it must be known to the cluster's nodes. */
export const IMAGE = process.env.E2E_IMAGE ?? "global-cluster:dev";
/** The helm that makes the releases: 4, or 3. */
export const HELM = process.env.E2E_HELM ?? "helm";
/** The class of the volumes of managed etcds; empty: the cluster's default. */
export const STORAGE_CLASS = process.env.E2E_STORAGE_CLASS ?? "";
/** A shell command that stops the API server for 30 s and starts it again; empty: there is none, and that test is skipped. */
export const STOP_API_SERVER = process.env.E2E_STOP_API_SERVER ?? "";
