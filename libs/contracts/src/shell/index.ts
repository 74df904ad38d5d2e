export { LiteralScanner, type RefusedConstructs } from './literal-scanner.ts';
export { quote, refuseUnencodable } from './quote.ts';
