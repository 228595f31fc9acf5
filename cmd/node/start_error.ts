import { ListenError } from "../../internal/adapters/http/connections/listening.ts";
import { TokenFileError } from "../../internal/adapters/tokens/token_storage.ts";
import { CertificatesError } from "../../internal/ports/certificates.ts";
import { JournalError } from "../../internal/ports/journal.ts";
import { PeerError } from "../../internal/ports/peers.ts";
import { StoreError } from "../../internal/ports/store.ts";
import { EXIT_SETTINGS } from "../settings/read/from_process.ts";
import { UnusableSettingError } from "./check_ports.ts";
import { reportAndWait } from "./supervision.ts";

/** Ends the process with EXIT_SETTINGS, after the supervisor or the terminal got the reason and the setting that may help. */
export async function exitUnstarted(error: unknown): Promise<never> {
  if (!(error instanceof Error)) throw error;
  const setting = settingOf(error);
  const reason = setting === null ? String(error.stack) : error.message;
  if (!(await reportAndWait({ kind: "refused", reason, setting })))
    process.stderr.write(`Not started: ${reason}${setting === null ? "" : ` (${setting})`}\n`);
  process.exit(EXIT_SETTINGS);
}

/** Null: no setting would help, so the stack trace is the best information. */
function settingOf(error: Error): string | null {
  if (error instanceof UnusableSettingError) return `setting ${error.setting}`;
  if (error instanceof JournalError) return "setting --data-dir";
  if (error instanceof StoreError) return "setting --store";
  if (error instanceof CertificatesError)
    return "settings --peer-ca, --peer-cert, --peer-key, --etcd-ca, --etcd-cert, --etcd-key";
  if (error instanceof PeerError) return "settings --peer-host, --peer-port";
  if (error instanceof TokenFileError) return "setting --tokens";
  if (error instanceof ListenError) return "settings --host, --port";
  return null;
}
