// Header values are bytes: `fetch` and node:http show each byte as one character, while event ids are UTF-8.

// oxlint-disable-next-line no-control-regex
const NOT_IN_HEADERS = /[\0-\x08\x0A-\x1F\x7F]/g;

/** Leaves control characters out: one of them in an id would make every later request of a subscriber fail. */
export function toHeaderText(value: string): string {
  return Buffer.from(value.replace(NOT_IN_HEADERS, ''), 'utf8').toString('latin1');
}

export function fromHeaderText(header: string): string {
  return Buffer.from(header, 'latin1').toString('utf8');
}
