/** The run time that a call asks for, in seconds; null when it asks for none. */
export function askedTimeout({ timeout_seconds: asked }: Readonly<Record<string, unknown>>): number | null {
  return typeof asked === 'number' ? asked : null;
}
