#!/usr/bin/env node
// The command `gauth`: CommonJS because that starts fastest, and a file of old syntax so that an old Node gets as far as
// the launcher's message.
'use strict';
require('../dist/launcher.cjs');
