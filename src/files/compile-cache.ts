/**
 * Keeps what V8 has compiled of this program, so that the next run need not compile it again: a third of what a sign-in costs. Built-in
 * modules only: the launcher loads this file.
 *
 * Node's own cache (`module.enableCompileCache`) does not exist before Node 22. Compiled code is as good as a program: it is taken only from
 * a file that nobody else can write, and is for this build and this Node alone.
 */
import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import Module from 'node:module';
import { basename, dirname, join, sep } from 'node:path';
import vm, { type Script } from 'node:vm';
import { isOwnedByUser } from './file-owner.ts';
import { TEMPORARY_SUFFIX } from './temporary-suffix.ts';

/** What Node calls to run the text of a module. It is not documented, but packages that compile on the fly all replace it. */
interface Compiling {
  prototype: {
    _compile: (this: NodeModule, content: string, filename: string, ...more: unknown[]) => unknown;
  };
}

interface Header {
  readonly key: string;
  /** By file name: offset and length in bytes, counted from the end of the header. */
  readonly entries: Readonly<Record<string, readonly [offset: number, length: number]>>;
}

/** Bytes. A larger file was not written by gauth. */
const LIMIT = 50_000_000;
/** Bytes before the header: its length, as eight hexadecimal digits and a line feed. */
const PREFIX = 9;
const OTHERS_WRITE = 0o022;

/**
 * From now on, modules in the folder of the program are compiled with what earlier runs have kept in `store`; what is new is added
 * when the process exits. Does nothing if the store is not there, or not private. `build` identifies the program's files.
 */
export function keepCompiled(program: string, store: string, build: string): void {
  const { version, versions, arch, execArgv } = process;
  const key = [build, version, versions['v8'], arch, ...execArgv].join(' ');
  const path = join(store, 'compiled.bin');
  if (!isPrivate(store)) return;
  const kept = openCache(path, key);
  const scripts = new Map<string, Script>();
  let isComplete = kept !== undefined;
  const { prototype } = Module as unknown as Compiling;
  const compile = prototype._compile;
  const requireModule = requireIn(program);
  prototype._compile = function (content, filename, ...more) {
    if (dirname(filename) !== program) return compile.call(this, content, filename, ...more);
    const cachedData = kept?.read(basename(filename));
    const script = new vm.Script(Module.wrap(content), { filename, ...(cachedData && { cachedData }) });
    if (cachedData === undefined || script.cachedDataRejected === true) isComplete = false;
    scripts.set(basename(filename), script);
    const run = script.runInThisContext() as (...values: readonly unknown[]) => unknown;
    return run.call(this.exports, this.exports, requireModule, this, filename, program);
  };
  process.once('exit', () => {
    try {
      const parts = isComplete ? undefined : partsOf(kept);
      // Windows does not replace an open file.
      kept?.close();
      if (parts !== undefined) writeCache(path, key, parts, scripts);
    } catch {
      // The next run compiles again.
    }
  });
}

/**
 * The `require` of the program's modules. It loads those of the program as Node does, but knows where they are: Node would look for each in
 * several places, which is a tenth of what a command without network costs.
 */
function requireIn(program: string): (request: string) => unknown {
  const requireOther = Module.createRequire(join(program, 'main.cjs'));
  const { cache } = requireOther;
  return (request) => {
    if (!request.startsWith('./')) return requireOther(request);
    const path = `${program}${sep}${request.slice(2)}`;
    const known = cache[path];
    if (known !== undefined) return known.exports;
    const module = new Module(path) as NodeModule & Compiling['prototype'];
    module.filename = path;
    cache[path] = module;
    try {
      module._compile(readFileSync(path, 'utf8'), path);
    } catch (error) {
      Reflect.deleteProperty(cache, path);
      throw error;
    }
    module.loaded = true;
    return module.exports;
  };
}

/** Whether a folder is there, is the user's own, and cannot be written by others. */
function isPrivate(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  return found?.isDirectory() === true && isOwnedByUser(found) && !isWritableByOthers(found.mode);
}

function isWritableByOthers(mode: number): boolean {
  return process.platform !== 'win32' && (mode & OTHERS_WRITE) !== 0;
}

interface Cache {
  readonly names: readonly string[];
  read(name: string): Buffer | undefined;
  close(): void;
}

/** Undefined if there is no cache for this build and this Node. */
function openCache(path: string, key: string): Cache | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const own = file;
    const found = fstatSync(own);
    if (!found.isFile() || !isOwnedByUser(found) || isWritableByOthers(found.mode) || found.size > LIMIT)
      throw new Error('not ours');
    const length = parseInt(readAt(own, 0, PREFIX).toString('latin1'), 16);
    if (!(length > 0 && length < 1_000_000)) throw new Error('damaged');
    const header = JSON.parse(readAt(own, PREFIX, length).toString('utf8')) as Header;
    if (header.key !== key) throw new Error('of another build');
    return {
      names: Object.keys(header.entries),
      read(name) {
        const entry = Object.hasOwn(header.entries, name) ? header.entries[name] : undefined;
        try {
          return entry && readAt(own, PREFIX + length + entry[0], entry[1]);
        } catch {
          return undefined;
        }
      },
      close: () => {
        closeSync(own);
      },
    };
  } catch {
    if (file !== undefined) closeSync(file);
    return undefined;
  }
}

/** Throws if there are not so many bytes. */
function readAt(file: number, offset: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  if (readSync(file, bytes, 0, length, offset) !== length) throw new Error('too short');
  return bytes;
}

/** What earlier runs have kept, by file name. */
function partsOf(kept: Cache | undefined): Map<string, Buffer> {
  const parts = new Map<string, Buffer>();
  for (const name of kept?.names ?? []) {
    const bytes = kept?.read(name);
    if (bytes !== undefined) parts.set(name, bytes);
  }
  return parts;
}

/** Replaces the cache: what earlier runs have kept, and what this run has compiled, with all functions that it has used. */
function writeCache(
  path: string,
  key: string,
  parts: Map<string, Buffer>,
  scripts: ReadonlyMap<string, Script>,
): void {
  for (const [name, script] of scripts) parts.set(name, script.createCachedData());
  const entries: Record<string, readonly [number, number]> = {};
  let offset = 0;
  for (const [name, { length }] of parts) {
    entries[name] = [offset, length];
    offset += length;
  }
  const header = Buffer.from(JSON.stringify({ key, entries } satisfies Header), 'utf8');
  const prefix = Buffer.from(`${header.length.toString(16).padStart(8, '0')}\n`, 'latin1');
  const temporary = `${path}.${String(process.pid)}${TEMPORARY_SUFFIX}`;
  try {
    writeFileSync(temporary, Buffer.concat([prefix, header, ...parts.values()]), { mode: 0o600, flag: 'wx' });
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}
