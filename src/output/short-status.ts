/** `gauth status --short`: a profile and the time left, for shell prompts. Small, because the launcher loads it. Pure. */

/** `sts-temp 42m`, `sts-temp 3h12m`, or `sts-temp expired`. `now` in milliseconds since 1970. */
export function shortStatus(profile: string, expiration: Date, now: number): string {
  return `${profile} ${timeLeft(expiration, now)}\n`;
}

/** `42m`, `3h12m`, or `expired`. `now` in milliseconds since 1970. */
export function timeLeft(expiration: Date, now: number): string {
  const minutes = Math.floor((expiration.getTime() - now) / 60_000);
  const isOver = !(expiration.getTime() > now);
  const hours = Math.floor(minutes / 60);
  const left =
    hours === 0 ? `${String(minutes)}m` : `${String(hours)}h${String(minutes % 60).padStart(2, '0')}m`;
  return isOver ? 'expired' : left;
}
