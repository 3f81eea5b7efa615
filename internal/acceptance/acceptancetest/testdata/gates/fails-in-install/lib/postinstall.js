'use strict';
// Cannot be installed.
process.exit(3);
