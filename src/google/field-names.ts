/** The names of the form fields that the user fills in. */

/** The e-mail address, in v3 and in the legacy dialect. */
export const IDENTIFIER_FIELDS: readonly string[] = ['identifier', 'Email'];

/**
 * A code, or a fact that only the user knows. Captured pages have the first two; the others are ids of these fields, which a
 * new page may use as names.
 */
export const CODE_FIELDS: readonly string[] = [
  ...['Pin', 'pin', 'totpPin', 'backupCodePin', 'idvPin', 'idvPreregisteredPhonePin', 'idvAnyPhonePin'],
  ...[
    'idvPreregisteredEmailPin',
    'knowledgePreregisteredEmailResponse',
    'knowledgePreregisteredPhoneResponse',
  ],
];

/** All fields with secrets. */
export const TYPED_FIELDS: ReadonlySet<string> = new Set([
  ...['Passwd', ...CODE_FIELDS, 'ca', 'identifier-captcha-input', 'logincaptcha', 'phoneNumber'],
]);
