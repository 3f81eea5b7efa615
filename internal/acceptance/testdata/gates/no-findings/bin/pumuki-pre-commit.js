#!/usr/bin/env node
'use strict';
// Blocks without a reason.
require('../lib/fault').leave('PRE_COMMIT', 'BLOCK', [], 1);
