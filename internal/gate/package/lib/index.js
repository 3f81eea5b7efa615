'use strict';

const { name, version } = require('../package.json');

/** Who this is, for a program that loads the package. The gate itself is its programs. */
module.exports = { name, version };
