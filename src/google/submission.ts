/** Filled-in forms for Google. Refuses any target but https://accounts.google.com. Pure. */
import type { Field, Form } from './html.ts';

/** The only origin that ever gets a password or a code. */
const SIGN_IN_ORIGIN = 'https://accounts.google.com';

/** Hosts that a sign-in may redirect to: cookies are set on google.com, on the domains of countries and on youtube.com. */
const GOOGLE_HOST = /(?:^|\.)(?:google\.com|google\.(?:com?\.)?[a-z]{2}|youtube\.com)$/;

/** Whether a URL belongs to Google, so that a redirect to it is followed. */
export function isGoogle(url: URL): boolean {
  const bare = url.port === '' && url.username === '' && url.password === '';
  return url.protocol === 'https:' && bare && GOOGLE_HOST.test(url.hostname);
}

/** The body of a POST of `application/x-www-form-urlencoded`, with its target. */
export interface Submission {
  readonly url: URL;
  readonly fields: readonly Field[];
}

export interface FormInput {
  /** Replaces the value of a field, or adds the field. */
  readonly set?: Readonly<Record<string, string>>;
  /** Fields that must not be sent. */
  readonly drop?: readonly string[];
  /** The button to press: its name and value are submitted as in a browser. */
  readonly button?: Field | undefined;
}

/** Whether secrets may be sent to this URL. */
export function isSignIn(url: URL): boolean {
  // Not the origin: blob: URLs have the origin of the page that created them.
  return url.href.startsWith(`${SIGN_IN_ORIGIN}/`) && url.username === '' && url.password === '';
}

/** Fills in a form that posts to the sign-in of Google. Hidden fields are returned unchanged, in their order. */
export function fillForm(form: SafeForm, filling: FormInput): Submission {
  const set = filling.set ?? {};
  const drop = new Set(filling.drop);
  const fields: Field[] = [];
  const done = new Set<string>();
  for (const field of form.fields) {
    if (drop.has(field.name)) continue;
    const value = Object.hasOwn(set, field.name) ? set[field.name] : undefined;
    if (value === undefined) fields.push(field);
    else if (!done.has(field.name)) fields.push({ name: field.name, value });
    done.add(field.name);
  }
  for (const [name, value] of Object.entries(set)) if (!done.has(name)) fields.push({ name, value });
  if (filling.button) fields.push(filling.button);
  return { url: form.action, fields };
}

/** Adds fields to a submission, after the existing ones. */
export function withFields(submission: Submission, set: Readonly<Record<string, string>>): Submission {
  const kept = submission.fields.filter((field) => !Object.hasOwn(set, field.name));
  return {
    url: submission.url,
    fields: [...kept, ...Object.entries(set).map(([name, value]) => ({ name, value }))],
  };
}

/** A form that posts to the sign-in of Google over https: the only kind that is ever filled in. */
export type SafeForm = Form & { readonly action: URL; readonly method: 'POST' };

export function isSafe(form: Form): form is SafeForm {
  return form.method === 'POST' && form.action !== undefined && isSignIn(form.action);
}
