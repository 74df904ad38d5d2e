import { ServonautError } from '@servonaut/contracts';
import { loginCommand } from './login-command.ts';
import { movedTo } from './oauth-failure.ts';
import type { ProfilePaths } from './profile-paths.ts';

/** That a sign-in is over, of which profile, and the way back. @param cause what the coordinator said of it, if it was asked */
export function signedOut(profile: Pick<ProfilePaths, 'name'>, cause?: ServonautError): ServonautError {
  const address = movedTo(cause);
  const [message, nextStep] =
    address === undefined
      ? [`The profile "${profile.name}" was signed out.`, `Run ${loginCommand(profile)}.`]
      : [
          `The coordinator of the profile "${profile.name}" says that its address is ${address} now.`,
          `If you know that to be so, run ${loginCommand(profile, address)}.`,
        ];
  return new ServonautError('signed_out', { message, nextStep, cause });
}
