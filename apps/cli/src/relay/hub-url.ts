/**
 * Whether a coordinator may send its executors to that hub: they make a GET there. One that is reached by TLS does not send them where there is none, as to
 * the services of a cloud or a network that answer whoever is near; nor does any to what is no machine.
 */
export function isHubOf(coordinator: string, hub: string): boolean {
  const { protocol, username, password } = new URL(hub);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && new URL(coordinator).protocol === 'http:');
}
