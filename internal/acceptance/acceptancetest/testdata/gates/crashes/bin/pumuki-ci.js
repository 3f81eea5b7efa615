#!/usr/bin/env node
'use strict';
// Crashes before it leaves evidence, where there is something to block: node then exits with 1.
const { real, scenario } = require('../lib/fault');

if (scenario !== 'clean') {
  throw new TypeError('Cannot read properties of undefined (reading \'rules\')');
}
real('ci');
