/** Chance, as the core and the services see it. */
export interface Random {
  /** 64 random bits as 16 lowercase hex digits. */
  id(): string;
  /** A number from 0 up to, not including, 1. */
  fraction(): number;
}
