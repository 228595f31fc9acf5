import assert from "node:assert/strict";
import { type NodeSettings, nodeCommand } from "../../../cmd/settings/node_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";

/** What a node makes of flags and variables that are right. */
export function settings(argv: string[], env: Record<string, string> = {}): NodeSettings {
  const parsed = parseSettings(nodeCommand, argv, env);
  assert.ok(parsed.kind === "settings", JSON.stringify(parsed));
  return parsed.settings;
}

/** What it says of those that are wrong, a sentence each. */
export function mistakes(argv: string[], env: Record<string, string> = {}): string[] {
  const parsed = parseSettings(nodeCommand, argv, env);
  assert.ok(parsed.kind === "errors", "everything was taken");
  return parsed.errors.map(messageOf);
}
