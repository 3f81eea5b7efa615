#!/usr/bin/env node
'use strict';
// Blocks at pre-push, with evidence that calls itself that of pre-commit.
const { finding, leave } = require('../lib/fault');

leave('PRE_COMMIT', 'BLOCK', [finding], 1);
