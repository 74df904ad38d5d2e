import { z } from 'zod';
import { labelsSchema, serverNameSchema } from './identifiers.ts';

/** A server as the coordinator may know it: a name and labels. The address never leaves the executor. */
export const serverEntrySchema = z.strictObject({ name: serverNameSchema, labels: labelsSchema.default({}) });
export type ServerEntry = z.infer<typeof serverEntrySchema>;
