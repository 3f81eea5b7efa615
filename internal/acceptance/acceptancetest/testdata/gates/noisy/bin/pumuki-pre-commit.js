#!/usr/bin/env node
'use strict';
// Blocks, and makes a great deal of noise: NUL, ANSI, bytes that are no UTF-8, ten megabytes, and then the reason.
const fs = require('node:fs');
const { finding, leave } = require('../lib/fault');

leave('PRE_COMMIT', 'BLOCK', [finding], 1);
const strange = Buffer.from('first line\n\x1b[31mred\x1b[2J\x00null \xff\xfe\xc3(\n', 'latin1');
const noise = Buffer.alloc(1 << 20, 'noise noise noise\n');
for (const part of [strange, ...Array(10).fill(noise), strange, Buffer.from('the reason\n')]) {
  for (let at = 0; at < part.length;) {
    at += fs.writeSync(1, part, at);
  }
}
