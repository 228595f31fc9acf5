import { resolve } from "node:path";
import { CLUSTER_NAME_FORM, isClusterName } from "../../internal/core/identity/identity.ts";
import { host } from "./addresses.ts";
import type { Check, Command, Parse, ValuesOf } from "./read/setting.ts";
import { wholeNumber, yes } from "./values.ts";

/** The settings of `global-cluster certificates`. */
export type CertificatesSettings = ReturnType<typeof complete>;

const clusterName: Parse<string> = (text) =>
  isClusterName(text) ? { value: text } : { problem: `must be a name of ${CLUSTER_NAME_FORM}` };

const hosts: Parse<readonly string[]> = (text) => {
  const given = text.split(",").map((part) => part.trim());
  const bad = given.find((part) => "problem" in host(part));
  if (bad !== undefined) return { problem: "must be a comma-separated list of host names and IP addresses", part: bad };
  return { value: given.map((part) => part.replace(/^\[(.*)\]$/, "$1")) };
};

const table = {
  dir: {
    placeholder: "path",
    parse: (text: string) => ({ value: resolve(text) }),
    default: "./certificates",
    help: "directory for the authority, and one directory for each role: counter and store",
    only: "flag",
  },
  cluster: {
    placeholder: "name",
    parse: clusterName,
    default: null,
    whenAbsent: "that of the authority in --dir; global-cluster for a new one",
    help: "name of the cluster; nodes refuse certificates of another one",
    only: "flag",
  },
  storeHosts: {
    placeholder: "hosts",
    parse: hosts,
    default: null,
    whenAbsent: "those that it names now; localhost,127.0.0.1,::1 at first",
    help: "comma-separated list of the addresses at which nodes reach etcd: its certificate must name them",
    only: "flag",
  },
  days: {
    placeholder: "number",
    parse: wholeNumber(1, 3_650),
    default: "365",
    help: "days for which the certificates of nodes and stores are valid",
    only: "flag",
  },
  authorityDays: {
    placeholder: "number",
    parse: wholeNumber(1, 36_500),
    default: "3650",
    help: "days for which a new authority is valid",
    only: "flag",
  },
  renew: {
    placeholder: null,
    parse: yes,
    default: null,
    whenAbsent: "makes a new authority, which must not be there yet",
    help: "makes new certificates from the authority in --dir",
    only: "flag",
  },
  rotate: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "does the next of three steps to a new authority, and says what to do before the next one",
    only: "flag",
  },
} as const;

type Values = ValuesOf<typeof table>;

const checks: readonly Check<Values>[] = [
  {
    about: "rotate",
    reads: ["rotate", "renew"],
    problem: ({ rotate, renew }) => (rotate && renew ? "cannot be combined with --renew" : null),
  },
];

export const certificatesCommand: Command<typeof table, CertificatesSettings> = {
  usage: "global-cluster certificates",
  failure: "No certificates made",
  purpose:
    "Makes the certificates by which nodes on several machines know each other. Keep the authority's key off those machines.",
  table,
  checks,
  complete,
};

function complete({ renew, rotate, ...values }: Values) {
  return {
    ...values,
    task: rotate ? ("rotate" as const) : renew ? ("renew" as const) : ("make" as const),
  };
}
