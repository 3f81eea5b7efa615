#!/usr/bin/env node
'use strict';
// Does what the embedded gate does, once the test has removed the file that says that it has begun.
const fs = require('node:fs');
const { real } = require('../lib/fault');

const here = '.git/here';
fs.writeFileSync(here, '');
const waiting = setInterval(() => {
  if (!fs.existsSync(here)) {
    clearInterval(waiting);
    real('pre-commit');
  }
}, 10);
