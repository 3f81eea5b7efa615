#!/usr/bin/env node
'use strict';
// Blocks everything, and says so.
const { finding, leave } = require('../lib/fault');

leave('PRE_COMMIT', 'BLOCK', [finding], 1);
