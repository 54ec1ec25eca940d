/** Resolves symbolic links as the kernel does. */
import { readlink, realpath } from 'node:fs/promises';
import { isAbsolute, join, parse, resolve, sep } from 'node:path';
import { GauthError } from '../errors.ts';
import { fileError, undefinedOn } from './file-error.ts';
import { folderCommand } from './hint-commands.ts';

/** The limit of Linux. */
const LINKS_LIMIT = 40;

/** The target of a path after all symbolic links, whether or not the target exists. Throws GauthError FILE, for example for a loop. */
export async function resolveTarget(path: string): Promise<string> {
  try {
    return (await undefinedOn(['ENOENT'], realpath(path))) ?? (await walk(path));
  } catch (error) {
    throw fileError(`cannot resolve ${path}`, path, error);
  }
}

/**
 * The same, component by component, for a target that does not exist. `..` is relative to the target of a link, so the path must not
 * be normalised as text: `link/../config` would be another file.
 */
async function walk(path: string): Promise<string> {
  const whole = absolute(path);
  let { root: done } = parse(whole);
  let rest = names(whole.slice(done.length));
  for (let links = 0; links < LINKS_LIMIT;) {
    const [name, ...others] = rest;
    if (name === undefined) return done;
    const next = join(done, name);
    // EINVAL: not a link. Windows reports UNKNOWN for some files.
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
  throw new GauthError('FILE', `${path} has too many symbolic links`, {
    hints: [`check the links: ${folderCommand(path)}`],
  });
}

/** Windows normalises `..` as text before it resolves links. */
function absolute(path: string): string {
  if (process.platform === 'win32') return resolve(path);
  return isAbsolute(path) ? path : process.cwd() + sep + path;
}

function names(path: string): readonly string[] {
  return path
    .split(process.platform === 'win32' ? /[\\/]/ : '/')
    .filter((name) => name !== '' && name !== '.');
}
