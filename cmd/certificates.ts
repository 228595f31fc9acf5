import { CertificateError } from "../internal/adapters/x509/certificates.ts";
import { CertificateFolder, CertificateFolderError } from "./certificates/certificate_folder.ts";
import { certificatesCommand } from "./settings/certificates_settings.ts";
import { settingsFromProcess } from "./settings/read/from_process.ts";

const EXIT_NOT_MADE = 1;

const settings = settingsFromProcess(certificatesCommand);
try {
  process.stdout.write(`${await new CertificateFolder(settings)[settings.task]()}\n`);
} catch (error) {
  const system = error instanceof Error && "syscall" in error;
  if (!(error instanceof CertificateFolderError || error instanceof CertificateError || system)) throw error;
  process.stderr.write(`No certificates made: ${error.message}\n`);
  process.exitCode = EXIT_NOT_MADE;
}
