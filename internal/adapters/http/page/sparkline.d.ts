import type { History } from "../events/messages.ts";
import type { Html } from "./html.js";

export function sparkline(history: History): Html;
