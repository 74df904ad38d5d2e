import type { AnyAuthMethod } from 'ssh2';
import type { SshTarget } from '../inventory/server.ts';
import { agentIdentities, agentSignature } from './agent-client.ts';
import { keyType, rsaBits } from './host-key.ts';
import { readKeyFile, readPublicFile, type KeyFile } from './key-files.ts';
import { keySignature } from './key-signature.ts';
import { legacyAlgorithms, type LegacyAlgorithms } from './legacy-algorithms.ts';
import { OfferedAgent, type Offer } from './offered-agent.ts';
import { signatureAlgorithms } from './ssh-algorithms.ts';
import { certified, parseCertificate, type SshCertificate } from './ssh-certificate.ts';
import { UnlockedKeys } from './unlocked-keys.ts';

/** What is offered to a server, and what could not be. */
export interface AuthPlan {
  readonly methods: readonly AnyAuthMethod[];
  /** Why a key that the operator has was not offered, or may not be accepted, for the error when all others fail. */
  readonly hindrances: readonly string[];
}

/** A public key or certificate that could be offered, in the order of ssh(1). */
interface Identity {
  readonly blob: Buffer;
  readonly certificate: SshCertificate | undefined;
}

/** Signs for a public key; undefined where nobody here can. */
type FindSigner = (publicKey: Buffer) => ((algorithm: string, data: Buffer) => Promise<Buffer>) | undefined;

export const ENCRYPTED = 'a key file is encrypted: load it into the SSH agent with ssh-add';
const STILL_LOCKED = `${ENCRYPTED}, or start servonaut on a terminal, where it asks for the passphrase`;
const SHORT_KEY = 'an RSA key is shorter than RequiredRSASize allows';
const NO_PRIVATE_KEY = 'a certificate is of a key that is not here';
const NO_CERTIFICATE = 'a certificate file holds no certificate of a user';

/** How long an SSH agent may take to list its keys, in milliseconds: one that hangs must not hold up the connect. */
const AGENT_TIMEOUT_MS = 3_000;

/** What the agent at `socket` holds. No answer is a hindrance and no error: there may be key files. */
export async function heldByAgent(
  socket: string | undefined,
): Promise<{ readonly blobs: readonly Buffer[]; readonly hindrance: string | null }> {
  if (socket === undefined) return { blobs: [], hindrance: null };
  try {
    return { blobs: await agentIdentities(socket, AGENT_TIMEOUT_MS), hindrance: null };
  } catch {
    return { blobs: [], hindrance: 'the SSH agent does not answer' };
  }
}

const isAmong = (blobs: readonly Buffer[]) => (blob: Buffer) => blobs.some((other) => other.equals(blob));

/**
 * As ssh(1): certificates that are configured, then configured keys that the agent holds, in the agent's order, then its other keys unless
 * `IdentitiesOnly`, then what only files hold, each with the certificate beside it unless certificates are configured.
 */
function inOrder(
  target: SshTarget,
  files: readonly KeyFile[],
  certificates: readonly Buffer[],
  held: readonly Buffer[],
): Identity[] {
  const besides = target.certificateFiles.length === 0;
  const inFiles = files
    .flatMap(({ publicKey, certificate }) => [publicKey, besides ? certificate : null])
    .filter((blob) => blob !== null);
  const isConfigured = isAmong(inFiles);
  const isHeld = isAmong(held);
  const others = target.identitiesOnly ? [] : held.filter((blob) => !isConfigured(blob));
  return [...certificates, ...held.filter(isConfigured), ...others, ...inFiles.filter((blob) => !isHeld(blob))].map(
    (blob) => ({ blob, certificate: parseCertificate(blob) }),
  );
}

/** Some formats say only to the holder of the passphrase which key they hold. */
function asUnlocked(file: KeyFile, unlocked: UnlockedKeys): KeyFile {
  const privateKey = file.privateKey ?? unlocked.get(file) ?? null;
  return { ...file, privateKey, publicKey: file.publicKey ?? privateKey?.getPublicSSH() ?? null };
}

function signers(socket: string | undefined, held: readonly Buffer[], files: readonly KeyFile[]): FindSigner {
  const isHeld = isAmong(held);
  return (publicKey) => {
    if (socket !== undefined && isHeld(publicKey)) {
      return (algorithm, data) => agentSignature(socket, publicKey, algorithm, data);
    }
    const key = files.find((file) => file.privateKey && file.publicKey?.equals(publicKey))?.privateKey;
    return key ? async (algorithm, data) => keySignature(key, algorithm, data) : undefined;
  };
}

interface OfferContext {
  readonly target: SshTarget;
  readonly legacy: LegacyAlgorithms;
  readonly find: FindSigner;
}

/** A certificate is signed for by its key, or by an agent that holds just the certificate. */
function offersOf(identity: Identity, context: OfferContext): Offer[] {
  const { blob, certificate } = identity;
  const { target, legacy, find } = context;
  if (certificate && certificate.kind !== 'user') return [];
  const sign = (certificate && find(certificate.publicKey)) ?? find(blob);
  if (!sign || isShort(identity, target)) return [];
  const type = certificate?.keyType ?? keyType(blob);
  return signatureAlgorithms(type, target, legacy, certificate ? certified : String).map(
    ({ signature, algorithm }) => ({
      algorithm,
      blob,
      sign: (data) => sign(signature, data),
    }),
  );
}

/** ssh(1) offers no such key, wherever it is. */
function isShort({ blob, certificate }: Identity, { requiredRsaBits }: SshTarget): boolean {
  return (rsaBits(certificate?.publicKey ?? blob) ?? Infinity) < requiredRsaBits;
}

function certificateHindrance({ certificate }: Identity, isOffered: boolean, now: number): string | null {
  if (!certificate) return null;
  if (!isOffered) return NO_PRIVATE_KEY;
  const seconds = BigInt(Math.floor(now / 1_000));
  if (seconds >= certificate.validBefore) return 'a certificate has expired';
  return seconds < certificate.validAfter ? 'a certificate is not valid yet' : null;
}

/** A certificate that is not valid is offered all the same, as the clock of this machine may be wrong. */
function identityHindrance(identity: Identity, offers: readonly Offer[], context: OfferContext, now: number) {
  return isShort(identity, context.target) ? SHORT_KEY : certificateHindrance(identity, offers.length > 0, now);
}

function fileHindrance(file: KeyFile, find: FindSigner): string | null {
  if (file.publicKey && find(file.publicKey)) return null;
  return file.isEncrypted ? STILL_LOCKED : file.hindrance;
}

/** What can be offered to a server. @param unlocked keys whose passphrase the operator has given */
export async function planAuth(
  target: SshTarget,
  unlocked: UnlockedKeys = new UnlockedKeys(),
  now: number = Date.now(),
): Promise<AuthPlan> {
  const [legacy, agent, read, given] = await Promise.all([
    legacyAlgorithms(target),
    heldByAgent(target.agentSocket),
    Promise.all(target.identityFiles.map(readKeyFile)),
    Promise.all(target.certificateFiles.map(readPublicFile)),
  ]);
  const files = read.filter((file) => file !== null).map((file) => asUnlocked(file, unlocked));
  const certificates = given.filter((blob) => blob !== null).filter((blob) => parseCertificate(blob)?.kind === 'user');
  const find = signers(target.agentSocket, agent.blobs, files);
  const context = { target, legacy, find };
  const identities = inOrder(target, files, certificates, agent.blobs).map((identity) => ({
    identity,
    offers: offersOf(identity, context),
  }));
  const hindrances = [
    agent.hindrance,
    ...files.map((file) => fileHindrance(file, find)),
    certificates.length < given.length ? NO_CERTIFICATE : null,
    ...identities.map(({ identity, offers }) => identityHindrance(identity, offers, context, now)),
  ];
  return {
    methods: methodsOf(
      target,
      identities.flatMap(({ offers }) => offers),
    ),
    hindrances: [...new Set(hindrances)].filter((text) => text !== null),
  };
}

function methodsOf({ user: username }: SshTarget, offers: readonly Offer[]): AnyAuthMethod[] {
  return offers.length === 0 ? [] : [{ type: 'agent', username, agent: new OfferedAgent(offers) }];
}
