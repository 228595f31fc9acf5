/** Random numbers for the core and the services. */
export interface Random {
  /** 64 random bits as 16 lowercase hex digits. */
  id(): string;
  /** A number at least 0 and less than 1. */
  fraction(): number;
}
