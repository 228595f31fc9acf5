import { hash } from "node:crypto";

/**
 * What is kept of a token. A plain hash is enough: a token has 256 bits of chance, so nobody can try them all, as they could with a password.
 */
export function tokenHash(text: string): string {
  return hash("sha256", text, "hex");
}
