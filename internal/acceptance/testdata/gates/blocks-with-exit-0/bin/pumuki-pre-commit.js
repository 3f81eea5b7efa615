#!/usr/bin/env node
'use strict';
// Says that it blocks, and exits with 0.
const { finding, leave } = require('../lib/fault');

leave('PRE_COMMIT', 'BLOCK', [finding], 0);
