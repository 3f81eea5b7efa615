#!/usr/bin/env node
'use strict';
// Leaves a child behind that has a session of its own.
const { spawn } = require('node:child_process');
const { real } = require('../lib/fault');

spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true, stdio: 'ignore' }).unref();
real('pre-commit');
