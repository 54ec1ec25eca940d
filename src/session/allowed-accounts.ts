/** Refuses credentials of AWS accounts that are not allowed (`--allowed-account`). */
import { accountIdOf } from '../aws/session-cache-file.ts';
import type { Session } from '../aws/session.ts';
import { GauthError } from '../errors.ts';
import type { Settings } from '../options/options.ts';
import { oneLine } from '../text.ts';

type Allowed = Pick<Settings, 'allowedAccounts'>;

/** Checks the account of a role before it is assumed. Throws GauthError ACCOUNT_NOT_ALLOWED. */
export function checkRoleAccount(roleArn: string, settings: Allowed): void {
  check(accountIdOf({ roleArn }), roleArn, settings);
}

/** Checks the account of credentials before they are used: they may come from a cache. Throws GauthError ACCOUNT_NOT_ALLOWED. */
export function checkSessionAccount(session: Session, settings: Allowed): void {
  check(accountIdOf(session), session.assumedRoleArn ?? session.roleArn, settings);
}

function check(account: string | undefined, arn: string, { allowedAccounts }: Allowed): void {
  if (allowedAccounts.length === 0 || (account !== undefined && allowedAccounts.includes(account))) return;
  throw new GauthError(
    'ACCOUNT_NOT_ALLOWED',
    `${oneLine(arn)} is not in an allowed AWS account (${allowedAccounts.join(', ')})`,
    {
      hints: [
        "choose another role, or allow its account with --allowed-account; the profile's list is gauth_allowed_accounts",
      ],
    },
  );
}
