#!/usr/bin/env node
'use strict';
// Waits for ever, and so does a child of its that has a session of its own.
const { spawn } = require('node:child_process');
const { stay } = require('../lib/fault');

spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true, stdio: 'ignore' }).unref();
stay();
