import { ServonautError } from '@servonaut/contracts';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const HOW = 'Give it as https://host[:port].';

const refuse = (message: string, nextStep: string): never => {
  throw new ServonautError('config_invalid', { message, nextStep });
};

/**
 * The coordinator's address without a trailing slash.
 * @param allowPlainHttp whether a token may travel unencrypted to another machine
 * @throws ServonautError `config_invalid` for an address that a token must not be sent to
 */
export function coordinatorUrl(text: string, allowPlainHttp = false): string {
  const url = URL.parse(text) ?? refuse('The URL of the coordinator is not a URL.', proposal(text));
  if (url.username || url.password)
    refuse('The URL of the coordinator holds a user name or password.', 'Leave it out.');
  if (url.search || url.hash) refuse('The URL of the coordinator has a query or fragment.', HOW);
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname) && !allowPlainHttp) {
    refuse(
      'Plain http would show the token to the network.',
      'Use https, or say --insecure-http if the network is trusted.',
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    refuse('The coordinator is reached over https.', proposal(text));
  return withoutSlash(url);
}

/** For a host whose scheme was left out, which a port can make look like a scheme itself. */
function proposal(text: string): string {
  const meant = text.includes('//') ? null : URL.parse(`https://${text}`);
  // What is secret in it must not be shown again.
  if (!meant || meant.username || meant.password || meant.search || meant.hash) return HOW;
  if (LOOPBACK.test(meant.hostname)) meant.protocol = 'http:';
  return `Give it as ${withoutSlash(meant)}.`;
}

function withoutSlash(url: URL): string {
  return url.href.replace(/\/+$/, '');
}
