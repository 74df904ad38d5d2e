/** Port: what a user has let applications do. Whoever gets an account anew is not bound by it. */
export abstract class UserGrants {
  abstract revokeAll(userId: string): Promise<void>;
}
