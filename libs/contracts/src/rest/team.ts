import { z } from 'zod';

/** Teams over REST, which admins make: users to whom somebody can delegate servers by one name. */

export const teamNameSchema = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/,
    'expected up to 64 letters, digits or "_.-", starting with a letter or digit',
  );

export const newTeamSchema = z.strictObject({ name: teamNameSchema });

export const changeTeamSchema = z.strictObject({ name: teamNameSchema });

const instantSchema = z.iso.datetime();

export const teamSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  /** How many. */
  members: z.int(),
  /** Counts the changes, of members too: the entity tag. */
  version: z.int(),
  created_at: instantSchema,
});

/** A page, oldest first. */
export const teamsSchema = z.object({ teams: z.array(teamSchema), next_cursor: z.string().nullable() });

export const teamMemberSchema = z.object({ user_id: z.string(), name: z.string(), added_at: instantSchema });

/** A page, by ascending id of the user. */
export const teamMembersSchema = z.object({ members: z.array(teamMemberSchema), next_cursor: z.string().nullable() });

export type TeamBody = z.infer<typeof teamSchema>;
export type TeamMemberBody = z.infer<typeof teamMemberSchema>;
