/** The JSON object in a response, whatever its members are. */
export async function jsonOf(response: Response | Promise<Response>): Promise<Record<string, unknown>> {
  const value: unknown = await (await response).json();
  if (typeof value !== "object" || value === null) throw new Error(`not an object: ${JSON.stringify(value)}`);
  return { ...value };
}
