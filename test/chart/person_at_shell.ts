import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { KubernetesApi, KubernetesObject } from "../../internal/ports/kubernetes.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { NAMESPACES } from "../adapters/kubernetes/resources.ts";
import { needs, programFile } from "../needs.ts";

export const SECRETS = { apiVersion: "v1", plural: "secrets", namespaced: true };
export const AS_TEST = { fieldManager: "test", force: true };

interface Secret extends KubernetesObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** Somebody who types commands in an empty folder, with kubectl and a real API server. */
export class PersonAtShell {
  readonly #server: ApiServer;
  readonly #namespace: string;
  readonly folder = mkdtempSync(join(tmpdir(), "person-"));

  private constructor(server: ApiServer, namespace: string) {
    this.#server = server;
    this.#namespace = namespace;
  }

  /** For a suite's `before`. Makes the namespace. */
  static async begin(context: Mocha.Context, namespace: string): Promise<PersonAtShell> {
    requireApiServer(context);
    needs(context, "kubectl");
    const person = new PersonAtShell(await sharedApiServer(), namespace);
    await person.api.apply(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, AS_TEST);
    return person;
  }

  get api(): KubernetesApi {
    return this.#server.api();
  }

  /** Returns what the script printed. Throws if it failed. */
  type(script: string, shell = "sh"): string {
    const PATH = [dirname(programFile("kubectl") ?? ""), process.env.PATH].join(delimiter);
    const env = { PATH, HOME: this.folder, KUBECONFIG: this.#server.kubeconfig };
    return execFileSync(shell, ["-c", script], { cwd: this.folder, env, encoding: "utf8", stdio: "pipe" });
  }

  /** What a Secret has under `key`; empty: nothing. */
  async secret(name: string, key: string): Promise<string> {
    const found = await this.api.read<Secret>(SECRETS, this.#namespace, name);
    return atob(found?.data?.[key] ?? "");
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
