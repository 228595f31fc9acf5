export interface Html {
  toString(): string;
}
export function html(parts: TemplateStringsArray, ...values: unknown[]): Html;
