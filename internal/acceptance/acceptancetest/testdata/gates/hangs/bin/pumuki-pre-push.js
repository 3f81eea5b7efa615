#!/usr/bin/env node
'use strict';
// Hangs where there is something to block: it ignores SIGTERM, and so does a child of its that has a session of its own
// and holds the output open.
const { spawn } = require('node:child_process');
const { real, scenario, stay } = require('../lib/fault');

if (scenario === 'violations') {
  process.on('SIGTERM', () => {});
  const stubborn = 'process.on("SIGTERM", () => {}); setInterval(() => {}, 60000)';
  spawn(process.execPath, ['-e', stubborn], { detached: true, stdio: 'inherit' }).unref();
  process.stdout.write('pumuki: waiting for nobody\n');
  stay();
} else {
  real('pre-push');
}
