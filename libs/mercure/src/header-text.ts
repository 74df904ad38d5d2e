// Header values are bytes: `fetch` and node:http show each byte as one character, while event ids are UTF-8.

export function toHeaderText(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1');
}

export function fromHeaderText(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8');
}
