import { ServonautError, type CloudInstance, type InstanceListing } from '@servonaut/plugin-sdk';

export interface WantedInstance {
  readonly name: string;
  readonly source?: string | undefined;
  readonly zone?: string | undefined;
}

/** Most places that an error names. */
const MOST_NAMED = 10;

/**
 * The one instance that is meant. Where it could be another one, none is: whoever may name machines in a cloud must not choose which is stopped.
 * @throws ServonautError `not_found`, `conflict` naming where those of the name are, `unavailable` when a source that may have another one did not answer
 */
export function findInstance(
  { instances, failed }: InstanceListing,
  { name, source, zone }: WantedInstance,
): CloudInstance {
  const named = instances.filter(
    (one) =>
      one.name === name && (zone === undefined || one.zone === zone) && (source === undefined || one.source === source),
  );
  const [silent] = failed;
  if (silent) {
    throw new ServonautError('unavailable', {
      message: `It is not known whether ${silent.source} has an instance "${name}": ${silent.reason}`,
      nextStep: 'Say by "source" which one is meant, or try again in a moment.',
    });
  }
  const [found, ...others] = named;
  if (!found) {
    throw new ServonautError('not_found', {
      message: `There is no instance "${name}"${source === undefined ? '' : ` of ${source}`}${zone === undefined ? '' : ` in ${zone}`}.`,
      nextStep: 'Call list_cloud_instances for the names.',
    });
  }
  if (others.length > 0) throw ambiguous(name, named);
  return found;
}

function ambiguous(name: string, named: readonly CloudInstance[]): ServonautError {
  const places = named.slice(0, MOST_NAMED).map(({ source, zone }) => `${source} (${zone ?? 'no zone'})`);
  const more = named.length > MOST_NAMED ? ` and ${named.length - MOST_NAMED} more` : '';
  return new ServonautError('conflict', {
    message: `${named.length} instances are called "${name}": ${places.join(', ')}${more}.`,
    nextStep:
      'Say by "source", and by "zone", which one is meant. Where they are the same, one has to be renamed in the cloud.',
    facts: { sources: [...new Set(named.map(({ source }) => source))] },
  });
}
