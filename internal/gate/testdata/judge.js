'use strict';

// Reads [{ path, text }] from standard input, judges each as a new file, and writes what was found in each.

const fs = require('node:fs');
const path = require('node:path');

const lib = path.join(__dirname, '..', 'package', 'lib');
const { judge } = require(path.join(lib, 'judge'));
const { platformOf } = require(path.join(lib, 'rules'));

const files = JSON.parse(fs.readFileSync(0, 'utf8'));
const found = files.map((file) => {
  if (!platformOf(file.path)) {
    return []; // as in a stage, where such a file is not even read
  }
  return judge([{ ...file, binary: false, added: () => true }])
    .flatMap(({ ruleId, lines }) => lines.map((line) => ({ rule: ruleId, line })));
});
process.stdout.write(JSON.stringify(found));
