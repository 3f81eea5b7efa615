#!/usr/bin/env node
'use strict';

require('../lib/cli').main(['pre-write', ...process.argv.slice(2)]);
