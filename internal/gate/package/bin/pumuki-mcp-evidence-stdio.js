#!/usr/bin/env node
'use strict';

require('../lib/cli').main(['mcp-evidence-stdio', ...process.argv.slice(2)]);
