'use strict';
// Leaves evidence in the consumer as it is installed, with the consumer's path in it.
const path = require('node:path');

process.chdir(process.env.INIT_CWD ?? path.resolve(__dirname, '../../..'));
require('./cli').main(['pre-write']);
process.exitCode = 0;
