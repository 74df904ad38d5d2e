import { lockDataFolder } from '../data-folder-lock.ts';

/** A process that takes the data folder named by its argument, says so, and keeps it. */
await lockDataFolder(process.argv[2] ?? '');
process.send?.('locked');
setInterval(() => undefined, 1_000);
