/** The names by which Google asks for what a person types. */

/** The e-mail address: of v3, of the legacy dialect. */
export const IDENTIFIER_FIELDS: readonly string[] = ['identifier', 'Email'];

/** A code. Captures have the first two; the others are the identifiers of these fields, which a new page may name them by. */
export const CODE_FIELDS: readonly string[] = [
  ...['Pin', 'pin', 'totpPin', 'backupCodePin', 'idvPin', 'idvPreregisteredPhonePin', 'idvAnyPhonePin'],
];

/** All that a person types and nobody else may see. */
export const TYPED_FIELDS: ReadonlySet<string> = new Set([
  ...['Passwd', ...CODE_FIELDS, 'ca', 'identifier-captcha-input', 'logincaptcha', 'phoneNumber'],
]);
