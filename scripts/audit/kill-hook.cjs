/** Loaded into gauth by the audit: counts the operations that change files, and kills the process before the one with the number AUDIT_KILL_AT. */
'use strict';
const fs = require('node:fs');

const killAt = Number(process.env.AUDIT_KILL_AT ?? 0);
let count = 0;

function operation() {
  count += 1;
  if (count === killAt) process.kill(process.pid, 'SIGKILL');
}

const CHANGING = [
  'writeFile',
  'appendFile',
  'rename',
  'link',
  'symlink',
  'unlink',
  'rm',
  'rmdir',
  'mkdir',
  'chmod',
  'chown',
];
const CHANGING_HANDLE = ['write', 'writeFile', 'chmod', 'chown', 'sync', 'datasync', 'truncate', 'close'];

function hook(object, names) {
  for (const name of names) {
    const original = object[name];
    if (typeof original !== 'function') continue;
    object[name] = function (...args) {
      operation();
      return original.apply(this, args);
    };
  }
}

hook(fs.promises, CHANGING);
hook(
  fs,
  CHANGING.map((name) => `${name}Sync`),
);

// The methods of file handles are on a prototype, which the first opened file shows. Reads are not counted.
const { open } = fs.promises;
let isHooked = false;
fs.promises.open = async function (path, flags, mode) {
  const isReading = flags === undefined || flags === 'r' || (typeof flags === 'number' && (flags & 3) === 0);
  if (!isReading) operation();
  const handle = await open.call(this, path, flags, mode);
  if (!isHooked) {
    isHooked = true;
    hook(Object.getPrototypeOf(handle), CHANGING_HANDLE);
  }
  return handle;
};

if (process.env.AUDIT_COUNT) {
  const { writeFileSync } = fs;
  process.on('exit', () => writeFileSync(process.env.AUDIT_COUNT, String(count)));
}
