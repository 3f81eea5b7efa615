#!/usr/bin/env node
'use strict';

require('../lib/cli').main(['ci', ...process.argv.slice(2)]);
