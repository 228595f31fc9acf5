import { FAULTS } from "./faults.ts";
import type { HistoryResult } from "./history.ts";

interface BrokenHistory {
  readonly seed: number;
  readonly faults: string;
  readonly message: string;
}

type Numbers = Record<string, number>;

/** What many histories showed. It is JSON, so that workers can send it and a file can keep it. */
export interface RunReport {
  histories: number;
  /** Of all workers together. */
  cpuSeconds: number;
  acknowledged: number;
  missing: number;
  allowed: number;
  waitsYes: number;
  waitsNo: number;
  /** Hits that may be missing, by reason. */
  readonly excused: Numbers;
  /** Hits that nodes report as indeterminate, by reason. */
  readonly indeterminate: Numbers;
  /** By kind of fault: how often it was drawn, and how often it changed anything. */
  readonly drawn: Numbers;
  readonly inEffect: Numbers;
  readonly broken: BrokenHistory[];
}

export function emptyReport(): RunReport {
  return {
    ...{ histories: 0, cpuSeconds: 0, acknowledged: 0, missing: 0, allowed: 0, waitsYes: 0, waitsNo: 0 },
    ...{ excused: {}, indeterminate: {}, drawn: {}, inEffect: {}, broken: [] },
  };
}

export function addHistory(report: RunReport, { seed, faults, balance, waits, broken }: HistoryResult): void {
  report.histories++;
  report.acknowledged += balance.acknowledged;
  report.missing += balance.missing;
  report.allowed += balance.allowed;
  report.waitsYes += waits.yes;
  report.waitsNo += waits.no;
  addNumbers(report.excused, Object.fromEntries(balance.excused));
  addNumbers(report.indeterminate, Object.fromEntries(balance.indeterminate));
  for (const { name, inEffect } of faults) {
    addNumbers(report.drawn, { [name]: 1 });
    addNumbers(report.inEffect, { [name]: inEffect ? 1 : 0 });
  }
  if (broken) report.broken.push({ seed, faults: faults.map(({ name }) => name).join(", "), message: broken.message });
}

export function addReport(report: RunReport, other: RunReport): void {
  for (const key of ["histories", "cpuSeconds", "acknowledged", "missing", "allowed", "waitsYes", "waitsNo"] as const)
    report[key] += other[key];
  for (const key of ["excused", "indeterminate", "drawn", "inEffect"] as const) addNumbers(report[key], other[key]);
  report.broken.push(...other.broken);
}

function addNumbers(to: Numbers, from: Numbers): void {
  for (const [key, value] of Object.entries(from)) to[key] = (to[key] ?? 0) + value;
}

export function describeBroken({ seed, faults, message }: BrokenHistory): string {
  return `history ${seed} (${faults}): ${message}\n  npm run simulate -- --seed ${seed}`;
}

/** The report as lines for people. */
export function describeReport(report: RunReport): string {
  const { histories, acknowledged, missing, allowed, waitsYes, waitsNo, broken, cpuSeconds } = report;
  const ratio = missing > 0 ? ` (${(allowed / missing).toFixed(4)} for each)` : "";
  return [
    "Faults: times drawn, and times that it changed anything",
    ...FAULTS.map(({ name }) => row(`${report.drawn[name] ?? 0}`, `${report.inEffect[name] ?? 0}`, name)),
    "Hits that might be missing, by reason",
    ...inOrder(report.excused).map(([reason, hits]) => row("", `${hits}`, reason)),
    "Hits that nodes reported as indeterminate, counted or not, by rule",
    ...inOrder(report.indeterminate).map(([reason, hits]) => row("", `${hits}`, reason)),
    `${acknowledged} hits acknowledged, ${missing} missing, ${allowed} allowed to be missing${ratio}`,
    `${waitsYes} waiting visitors were told that their hits are committed, ${waitsNo} that they are not yet`,
    `${histories} histories, ${broken.length} broke the contract; ${((cpuSeconds * 1000) / Math.max(1, histories)).toFixed(1)} ms of a core each`,
  ].join("\n");
}

function inOrder(numbers: Numbers): [string, number][] {
  return Object.entries(numbers)
    .filter(([, value]) => value > 0)
    .sort(([, a], [, b]) => b - a);
}

function row(first: string, second: string, name: string): string {
  return `${first.padStart(9)} ${second.padStart(9)}  ${name}`;
}
