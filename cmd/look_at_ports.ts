import { assertFree } from "../internal/adapters/http/connections/listening.ts";

interface Where {
  readonly host: string;
  readonly port: number;
}

/** A start that cannot succeed until somebody changes `setting`. */
export class SettingError extends Error {
  override readonly name = "SettingError";
  readonly setting: string;
  constructor(message: string, setting: string, cause: unknown) {
    super(message, { cause });
    this.setting = setting;
  }
}

/** Whether a node could listen here, before it makes anything that a failed start would leave behind. Throws SettingError. */
export async function lookAtPorts({ host, port, peerHost, peerPort }: Where & { peerHost: string; peerPort: number }) {
  await look({ host, port }, { host: "--host", port: "--port" });
  await look({ host: peerHost, port: peerPort }, { host: "--peer-host", port: "--peer-port" });
}

/** Those of `ports` that cannot be listened on at `host`. */
export async function takenPorts(host: string, ports: readonly number[]): Promise<number[]> {
  const looks = await Promise.allSettled(ports.map((port) => assertFree({ host, port })));
  return ports.filter((_, index) => looks[index]?.status === "rejected");
}

async function look(where: Where, settings: { readonly host: string; readonly port: string }): Promise<void> {
  await assertFree(where).catch((error: Error & { cause?: NodeJS.ErrnoException }) => {
    const { code = "" } = error.cause ?? {};
    if (code === "EADDRNOTAVAIL") {
      throw new SettingError(`${where.host} is not an address of this machine`, settings.host, error);
    }
    throw new SettingError(error.message, code === "ENOTFOUND" ? settings.host : settings.port, error);
  });
}
