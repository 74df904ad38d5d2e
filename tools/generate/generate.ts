/** `npm run generate`: every file that is made from another. */
import './first-party-tools.ts';
import './policy-schema.ts';
import './command-help.ts';
import './error-page.ts';
import './settings-tables.ts';
