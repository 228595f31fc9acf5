import { assertFree, ListenError } from "../../internal/adapters/http/connections/listening.ts";

interface PortToCheck {
  readonly host: string;
  readonly port: number;
}

/** A start that fails until somebody changes `setting`. */
export class UnusableSettingError extends Error {
  override readonly name = "UnusableSettingError";
  readonly setting: string;
  constructor(message: string, setting: string, cause: unknown) {
    super(message, { cause });
    this.setting = setting;
  }
}

/** Checks that a node can listen, before it creates files that a failed start would leave behind. Throws UnusableSettingError. */
export async function checkPorts({
  host,
  port,
  peerHost,
  peerPort,
  admin,
}: PortToCheck & { peerHost: string; peerPort: number; admin: PortToCheck | null }) {
  await check({ host, port }, { host: "--host", port: "--port" });
  await check({ host: peerHost, port: peerPort }, { host: "--peer-host", port: "--peer-port" });
  if (admin !== null) await check(admin, { host: "--admin-host", port: "--admin-port" });
}

/** The ports that a server cannot listen on. Throws UnusableSettingError if it cannot listen at `host` at all. */
export async function busyPorts(host: string, ports: readonly number[]): Promise<number[]> {
  const busy: number[] = [];
  for (const port of ports) {
    await check({ host, port }, { host: "--host", port: "--port" }).catch((error: unknown) => {
      if (!(error instanceof UnusableSettingError) || error.setting === "--host") throw error;
      busy.push(port);
    });
  }
  return busy;
}

async function check(address: PortToCheck, settings: { readonly host: string; readonly port: string }): Promise<void> {
  await assertFree(address).catch((error: unknown) => {
    if (!(error instanceof ListenError)) throw error;
    if (error.code === "EADDRNOTAVAIL")
      throw new UnusableSettingError(`${address.host} is not an address of this machine`, settings.host, error);
    const setting = error.code === "ENOTFOUND" ? settings.host : settings.port;
    throw new UnusableSettingError(error.message, setting, error);
  });
}
