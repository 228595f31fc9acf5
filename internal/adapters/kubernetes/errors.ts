import { KubernetesError } from "../../ports/kubernetes.ts";

/** How the API describes a failure: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/ */
export interface ApiStatus {
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
}

/** The object in the response to `request`, for example `GET /api/v1/pods`. Throws KubernetesError for a status outside of 200 to 299. */
export function objectIn(request: string, status: number, text: string): unknown {
  const object = parsed(text);
  if (status >= 200 && status < 300 && object !== undefined) return object;
  throw refusal(request, status, text, object as ApiStatus | undefined);
}

/** The error for a response that is no success. `text`: its body, quoted if it is no Status. */
export function refusal(request: string, status: number, text: string, object: ApiStatus | undefined): KubernetesError {
  const message = object?.message || `${request} failed with status ${status}: ${text.trim().slice(0, 200)}`;
  return new KubernetesError(message, status, object?.reason ?? "");
}

export function unreachable(server: URL, error: unknown): KubernetesError {
  const message = `Cannot reach the Kubernetes API at ${server.host}: ${reasonOf(error)}`;
  return new KubernetesError(message, null, "", { cause: error });
}

/** Fetch puts the reason into the cause, and a connection to several addresses has one reason for each. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join("; ");
  if (!(error instanceof Error)) return String(error);
  if (error.cause instanceof Error) return reasonOf(error.cause);
  const { message, code = "" } = error as NodeJS.ErrnoException;
  return message.includes(code) ? message : `${message} (${code})`;
}

/** Undefined if `text` is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
