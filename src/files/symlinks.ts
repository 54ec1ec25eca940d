/** Where a path leads to, as the kernel takes it. */
import { readlink, realpath } from 'node:fs/promises';
import { isAbsolute, join, parse, resolve, sep } from 'node:path';
import { GauthError } from '../errors.ts';
import { fileError, undefinedOn } from './file-error.ts';

const LINKS_LIMIT = 40;

/** Where a path leads to, through symbolic links, whether or not there is a file at their end. Throws GauthError FILE, for links in a circle, say. */
export async function resolveTarget(path: string): Promise<string> {
  try {
    return (await undefinedOn(['ENOENT'], realpath(path))) ?? (await walk(path));
  } catch (error) {
    throw fileError(`${path} cannot be reached`, path, error);
  }
}

/**
 * The same name by name, for an end that is not there yet. `..` counts from where a link has led, so that nothing of the path
 * may be taken apart as text before: behind `link/../config`, another file would be found.
 */
async function walk(path: string): Promise<string> {
  const whole = absolute(path);
  let { root: done } = parse(whole);
  let rest = names(whole.slice(done.length));
  for (let links = 0; links < LINKS_LIMIT;) {
    const [name, ...others] = rest;
    if (name === undefined) return done;
    const next = join(done, name);
    // EINVAL: no link; Windows says UNKNOWN for some files.
    const link =
      name === '..' ? undefined : await undefinedOn(['ENOENT', 'EINVAL', 'UNKNOWN'], readlink(next));
    rest = others;
    if (link === undefined) done = next;
    else {
      links += 1;
      const { root } = parse(link);
      if (root !== '') done = root;
      rest = [...names(link.slice(root.length)), ...others];
    }
  }
  throw new GauthError('FILE', `${path} leads through too many symbolic links`, {
    hints: [`see where it leads: ls -l ${path}`],
  });
}

/** Windows itself takes `..` apart as text, before it looks at links. */
function absolute(path: string): string {
  if (process.platform === 'win32') return resolve(path);
  return isAbsolute(path) ? path : process.cwd() + sep + path;
}

function names(path: string): readonly string[] {
  return path
    .split(process.platform === 'win32' ? /[\\/]/ : '/')
    .filter((name) => name !== '' && name !== '.');
}
