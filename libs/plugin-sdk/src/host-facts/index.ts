export { diskSchema, hostFactsSchema, type Disk, type HostFacts } from './host-facts.ts';
export { parseHostFacts, sectionsOf } from './parse.ts';
export { hostStatus, type HostStatus } from './host-status.ts';
export { HOST_FACTS_SCRIPT } from './script.ts';
export { byteWords, durationWords } from './wording.ts';
