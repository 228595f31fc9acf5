import type { Quantity } from "./counter_cluster.ts";

/** https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */
const FACTORS: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** `quantity` as a number; NaN if it is not a quantity, which the resource's definition refuses. */
export function amountOf(quantity: Quantity): number {
  const [, number = "", unit = ""] = /^([+-]?[0-9.]+(?:[eE][+-]?[0-9.]+)?)([A-Za-z]*)$/.exec(String(quantity)) ?? [];
  return number === "" ? Number.NaN : Number(number) * (FACTORS[unit] ?? Number.NaN);
}
