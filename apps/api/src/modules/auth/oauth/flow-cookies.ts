/** Cookies of the library, all signed. The session carries one flow through its steps; who somebody is says only a web session. */
export const FLOW_COOKIES = { session: 'svn_oauth', interaction: 'svn_interaction', resume: 'svn_resume' } as const;
