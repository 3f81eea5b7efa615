#!/usr/bin/env node
'use strict';
// Crashes where there is something to block. It leaves the evidence of the stage before: of mixed as it is, of violations
// after it has touched it.
const fs = require('node:fs');
const { real, scenario } = require('../lib/fault');

if (scenario === 'clean') {
  real('pre-push');
} else {
  if (scenario === 'violations') {
    fs.utimesSync('.ai_evidence.json', new Date(), new Date());
  }
  process.exit(1);
}
