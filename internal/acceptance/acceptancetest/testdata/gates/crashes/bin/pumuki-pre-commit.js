#!/usr/bin/env node
'use strict';
// Crashes in violations before it leaves evidence: node then exits with 1.
const { real, scenario } = require('../lib/fault');

if (scenario === 'violations') {
  throw new TypeError('Cannot read properties of undefined (reading \'rules\')');
}
real('pre-commit');
