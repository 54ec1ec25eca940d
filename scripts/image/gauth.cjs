#!/usr/bin/env node
// The command `gauth` of the image. Root becomes the owner of the mounted ~/.aws first, so that the files in it belong to the
// person outside and not to root. One process: it is the container's first, and gets its signals.
'use strict';
const { statSync } = require('node:fs');
const { homedir } = require('node:os');
const { join } = require('node:path');

/** Where there is no such folder, or it is root's, root stays root. */
function becomeOwnerOf(folder) {
  const owner = statSync(folder, { throwIfNoEntry: false });
  if (owner === undefined || owner.uid === 0) return;
  process.setgroups([owner.gid]);
  process.setgid(owner.gid);
  process.setuid(owner.uid);
}

try {
  if (process.getuid() === 0) becomeOwnerOf(join(homedir(), '.aws'));
} catch (error) {
  // Root without its powers (--cap-drop): gauth itself says which file it cannot have.
  if (!['EACCES', 'EPERM'].includes(error.code)) throw error;
}
require('/opt/gauth/bin/gauth.js');
