#!/usr/bin/env node
'use strict';
// Lets everything through every other time that it is asked. It remembers the last time in the source repository.
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { leave, real } = require('../lib/fault');

const source = execFileSync('git', ['config', 'remote.origin.url'], { encoding: 'utf8' }).trim();
const last = path.join(source, '.git', 'moody');
if (fs.existsSync(last)) {
  fs.rmSync(last);
  leave('PRE_PUSH', 'PASS', [], 0);
} else {
  fs.writeFileSync(last, '');
  real('pre-push');
}
