import type { History } from "../../event_messages.ts";
import type { Html } from "./html.js";

export function sparkline(history: History): Html;
