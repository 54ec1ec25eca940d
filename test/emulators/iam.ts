/** AWS IAM, as far as account aliases go. */
import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { type Handler, type Hosts, answer, bodyText, escape } from './respond.ts';
import { accountOf } from './aws-names.ts';
import type { StsEmulator } from './sts.ts';
import { failure } from './sts-answers.ts';

const NAMESPACE = 'https://iam.amazonaws.com/doc/2010-05-08/';

export interface IamOptions {
  readonly sts: StsEmulator;
  /** Alias by account; an account without one answers with an empty list. */
  readonly aliases: Readonly<Record<string, string>>;
  /** Accounts whose role may not ask. */
  readonly forbidden?: readonly string[];
}

export function iamEmulator(options: IamOptions): {
  readonly handle: Handler;
  readonly hosts: Hosts;
  readonly accounts: string[];
} {
  /** Who asked, account by account. */
  const accounts: string[] = [];
  function handle(request: HttpRequest): HttpResponse {
    const action = new URLSearchParams(bodyText(request)).get('Action');
    const caller = options.sts.identify(request);
    if ('status' in caller) return caller;
    const account = accountOf(caller.roleArn);
    accounts.push(account);
    if (action !== 'ListAccountAliases')
      return failure(400, 'InvalidAction', `Could not find operation ${action ?? ''}`, NAMESPACE);
    if (options.forbidden?.includes(account) === true) {
      return failure(
        403,
        'AccessDenied',
        'User is not authorized to perform: iam:ListAccountAliases on resource: *',
        NAMESPACE,
      );
    }
    const alias = options.aliases[account];
    const members = alias === undefined ? '' : `<member>${escape(alias)}</member>`;
    return answer(
      200,
      'text/xml',
      `<ListAccountAliasesResponse xmlns="${NAMESPACE}"><ListAccountAliasesResult><IsTruncated>false</IsTruncated><AccountAliases>${members}</AccountAliases></ListAccountAliasesResult><ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></ListAccountAliasesResponse>`,
    );
  }
  return {
    handle,
    accounts,
    hosts: {
      'iam.amazonaws.com': handle,
      'iam.us-gov.amazonaws.com': handle,
      'iam.cn-north-1.amazonaws.com.cn': handle,
    },
  };
}
