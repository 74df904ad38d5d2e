export { JournalFile, type Place } from '../../../platform/journal/journal-file.ts';
