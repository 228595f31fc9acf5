import { isAdmitted, SETTING } from "./admitted_env.ts";
import type { Failure } from "./failure.ts";
import type { Findings } from "./findings.ts";

export function ignoredVariables({ cluster }: Findings): Failure[] {
  const names = (cluster.spec.podTemplate.env ?? []).filter((one) => !isAdmitted(one)).map(({ name }) => name);
  if (names.length === 0) return [];
  const message = `The pods do not get ${listed(names)} of spec.podTemplate.env: they get only settings that begin with ${SETTING}, that the operator does not set itself, and that come from no Secret`;
  return [{ reason: "VariablesIgnored", message }];
}

function listed(names: readonly string[]): string {
  return names.join(", ").replace(/, ([^,]*)$/, " and $1");
}
