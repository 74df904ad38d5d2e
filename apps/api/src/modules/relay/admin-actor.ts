import type { Principal } from '../auth/index.ts';

/** An admin who acts on what is somebody else's, by the token that was shown. */
export type AdminActor = Pick<Principal, 'kind' | 'id' | 'label'>;
