#!/usr/bin/env node
'use strict';

require('../lib/cli').main(['pre-commit', ...process.argv.slice(2)]);
