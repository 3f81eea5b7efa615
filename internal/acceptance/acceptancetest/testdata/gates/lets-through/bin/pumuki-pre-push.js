#!/usr/bin/env node
'use strict';
// Lets everything through, and says so.
require('../lib/fault').leave('PRE_PUSH', 'PASS', [], 0);
