import { parseKey } from "../../internal/core/keys/idempotency_key.ts";
import { webAddress } from "../settings/addresses.ts";
import type { Check, Parse, ValuesOf } from "../settings/read/setting.ts";
import { token, tokenFile } from "../settings/tokens.ts";
import { yes } from "../settings/values.ts";

/** People leave out the scheme, but `localhost:4000` would parse as the scheme `localhost:`. */
const serverAddress: Parse<string> = (text) => webAddress(text.includes("://") ? text : `http://${text}`);

/** The settings of all commands that ask a server. */
export const serverTable = {
  server: {
    placeholder: "url",
    parse: serverAddress,
    default: "http://127.0.0.1:4000",
    help: "address of a node or of the cluster",
    only: "flag",
  },
  token: {
    placeholder: "token",
    parse: token,
    default: null,
    whenAbsent: "none",
    help: "token to send; other users of this machine can see a flag, so the variable or --token-file is better",
    secret: true,
  },
  tokenFile: {
    placeholder: "file",
    parse: tokenFile,
    default: null,
    whenAbsent: "none",
    help: "file with the token in its first line",
    only: "flag",
  },
  json: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "writes one JSON value per line, for scripts",
    only: "flag",
  },
} as const;

export const serverChecks: readonly Check<ValuesOf<typeof serverTable>>[] = [
  {
    about: "tokenFile",
    reads: ["token", "tokenFile"],
    problem: (values) =>
      values.token !== null && values.tokenFile !== null ? "works only without --token and GLOBAL_CLUSTER_TOKEN" : null,
  },
];

/** The settings of a command as its program gets them. `server`: without a slash at the end. `token`: null if there is none. */
export function completeServer<V extends ValuesOf<typeof serverTable>>({ json, tokenFile, ...values }: V) {
  return { ...values, token: values.token ?? tokenFile, json: json ?? false };
}

export const idempotencyKey: Parse<string> = (text) =>
  parseKey(text) === null ? { problem: "must be a UUID of version 7" } : { value: text };
