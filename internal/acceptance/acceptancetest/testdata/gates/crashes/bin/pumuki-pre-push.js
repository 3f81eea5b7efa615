#!/usr/bin/env node
'use strict';
// Crashes where there is something to block. In mixed it leaves the evidence of the stage before, which it has touched.
const fs = require('node:fs');
const { real, scenario } = require('../lib/fault');

if (scenario !== 'clean') {
  if (scenario === 'mixed') {
    fs.utimesSync('.ai_evidence.json', new Date(), new Date());
  }
  throw new TypeError('Cannot read properties of undefined (reading \'rules\')');
}
real('pre-push');
