'use strict';

// Writes { id: severity } of all the rules there are.

const path = require('node:path');

const { platforms } = require(path.join(__dirname, '..', 'package', 'lib', 'rules'));

const rules = platforms.flatMap((platform) => platform.rules);
process.stdout.write(JSON.stringify(Object.fromEntries(rules.map(({ id, severity }) => [id, severity]))));
