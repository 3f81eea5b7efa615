'use strict';
// Waits for ever while npm installs it, and so does a child of its that has a session of its own.
const { spawn } = require('node:child_process');
const fs = require('node:fs');

spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true, stdio: 'ignore' }).unref();
fs.writeFileSync('here', '');
setInterval(() => {}, 60000);
