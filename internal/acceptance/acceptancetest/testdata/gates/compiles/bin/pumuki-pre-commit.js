#!/usr/bin/env node
'use strict';
// Compiles itself as a gate in TypeScript is by its loader: once for each path that it lies at. It blocks whatever it is
// shown, so that its log is kept.
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { finding, leave } = require('../lib/fault');

const cache = path.join(os.tmpdir(), 'tsx-0');
const compiled = path.join(cache, createHash('sha1').update(__filename).digest('hex'));
console.log(fs.existsSync(compiled) ? 'compiled before' : 'compiled now');
fs.mkdirSync(cache, { recursive: true });
fs.writeFileSync(compiled, 'compiled');
leave('PRE_COMMIT', 'BLOCK', [finding], 1);
