import type { Pause } from '../pause/pause-file.ts';
import { plainText } from './plain-text.ts';

/** `since 2026-11-22T10:00:00.000Z (the disk is being moved)` */
export function pauseText({ since, reason }: Pause): string {
  const when = since === undefined ? 'now' : `since ${since}`;
  return reason === undefined ? when : `${when} (${plainText(reason)})`;
}

export function renderPaused(profile: string, pause: Pause): string {
  return [
    `Profile ${profile} is paused ${pauseText(pause)}. What ran is stopped; everything is refused until "servonaut resume".`,
    `Jobs on servers go on: "servonaut job-status '*'" lists them, "servonaut stop-job SERVER --job ID" stops one.`,
  ].join('\n');
}

/** Null when nothing is paused. */
export function pauseFacts(pause: Pause | undefined): { since: string | null; reason: string | null } | null {
  return pause ? { since: pause.since ?? null, reason: pause.reason ?? null } : null;
}

export function pauseJson(profile: string, pause: Pause | undefined): object {
  return { profile, paused: pauseFacts(pause) };
}
