#!/usr/bin/env node
'use strict';
// Crashes, but not before it has touched the evidence of the stage before.
const fs = require('node:fs');
const { real, scenario } = require('../lib/fault');

if (scenario !== 'clean') {
  fs.utimesSync('.ai_evidence.json', new Date(), new Date());
  process.exit(1);
}
real('pre-push');
