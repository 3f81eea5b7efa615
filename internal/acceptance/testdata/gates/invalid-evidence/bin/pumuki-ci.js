#!/usr/bin/env node
'use strict';
// Is cut off while it writes its evidence.
require('node:fs').writeFileSync('.ai_evidence.json', '{"version": "2.1", "snapshot": {"stage": "CI", "outco');
process.exitCode = 1;
