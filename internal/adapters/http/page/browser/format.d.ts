import type { TotalJson } from "../../totals_json.ts";

export function grouped(total: TotalJson | bigint): string;
