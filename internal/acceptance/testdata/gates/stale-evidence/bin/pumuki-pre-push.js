#!/usr/bin/env node
'use strict';
// Crashes, and leaves the evidence of the stage before as it is.
const { real, scenario } = require('../lib/fault');

if (scenario !== 'clean') {
  process.exit(1);
}
real('pre-push');
