#!/usr/bin/env node
'use strict';
// Leaves a link where its evidence should be.
const fs = require('node:fs');
const { finding, leave } = require('../lib/fault');

leave('PRE_COMMIT', 'BLOCK', [finding], 1);
fs.renameSync('.ai_evidence.json', '../evidence.json');
fs.symlinkSync('../evidence.json', '.ai_evidence.json');
