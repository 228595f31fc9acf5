import { KubernetesError } from "../../ports/kubernetes.ts";

/** How the API says that it refuses: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
}

/** `what` was answered with an HTTP status that is no success. `otherwise`: the answer's own words, where they are no Status. */
export function refusal(what: string, status: number, otherwise: string, object: Status | undefined): KubernetesError {
  const message = object?.message || `${what} was answered with ${status} ${otherwise.trim()}`;
  return new KubernetesError(message, status, object?.reason ?? "");
}

export function unreached(server: URL, error: unknown): KubernetesError {
  return new KubernetesError(`The Kubernetes API at ${server.host} was not reached: ${reasonOf(error)}`, null, "", {
    cause: error,
  });
}

/** What connects to several addresses has nothing to say of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  if (!(error instanceof Error)) return String(error);
  const { message, code = "" } = error as NodeJS.ErrnoException;
  return message.includes(code) ? message : `${message} (${code})`;
}
