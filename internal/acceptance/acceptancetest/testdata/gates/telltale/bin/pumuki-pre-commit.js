#!/usr/bin/env node
'use strict';
// Blocks, and prints its environment and every secret of this test that it was not told, some of it in two writes.
const fs = require('node:fs');
const { finding, leave } = require('../lib/fault');

leave('PRE_COMMIT', 'BLOCK', [{ ...finding, message: 'leaks npm-token-1234567890' }], 1);
const say = (text) => fs.writeSync(1, text);
for (const [name, value] of Object.entries(process.env)) {
  say(`environment: ${name}=${value}\n`);
}
say('whole: npm-token-1234567890 environment-secret-42 https://user:hunter2hunter2@registry.example.invalid/x\n');
say('split: npm-token-12');
setTimeout(() => {
  say('34567890 environment-sec');
  setTimeout(() => say('ret-42\n//registry.example.invalid/:_authToken=shape-known-secret\n'), 50);
}, 50);
