#!/usr/bin/env node
'use strict';
// Says that all is well, and exits with 1.
require('../lib/fault').leave('PRE_COMMIT', 'PASS', [], 1);
