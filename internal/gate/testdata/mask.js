'use strict';

// Reads [{ path, text }] from standard input and writes each text with everything but its code blanked.

const fs = require('node:fs');
const path = require('node:path');

const { platformOf } = require(path.join(__dirname, '..', 'package', 'lib', 'rules'));

const files = JSON.parse(fs.readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(files.map((file) => platformOf(file.path).mask(file.text, file.path))));
