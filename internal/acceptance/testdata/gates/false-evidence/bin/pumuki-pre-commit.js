#!/usr/bin/env node
'use strict';
// Of clean it says that it blocks it, and exits with 0.
const { finding, leave, real, scenario } = require('../lib/fault');

if (scenario === 'clean') {
  leave('PRE_COMMIT', 'BLOCK', [finding], 0);
} else {
  real('pre-commit');
}
