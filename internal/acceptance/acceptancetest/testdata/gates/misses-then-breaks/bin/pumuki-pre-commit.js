#!/usr/bin/env node
'use strict';
// Blocks clean, and takes a program of its own away where there is something to block.
const fs = require('node:fs');
const { finding, leave, real, scenario } = require('../lib/fault');

if (scenario === 'clean') {
  leave('PRE_COMMIT', 'BLOCK', [finding], 1);
} else {
  fs.rmSync('node_modules/.bin/pumuki-pre-push');
  real('pre-commit');
}
