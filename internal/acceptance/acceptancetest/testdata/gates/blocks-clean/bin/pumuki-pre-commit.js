#!/usr/bin/env node
'use strict';
// Blocks clean too, and says so.
const { finding, leave, real, scenario } = require('../lib/fault');

if (scenario === 'clean') {
  leave('PRE_COMMIT', 'BLOCK', [finding], 1);
} else {
  real('pre-commit');
}
