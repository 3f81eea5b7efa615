#!/usr/bin/env node
'use strict';

require('../lib/cli').main(['pre-push', ...process.argv.slice(2)]);
