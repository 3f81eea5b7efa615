'use strict';

const fs = require('node:fs');
const evidence = require('./evidence');
const { BEGIN, END } = require('./hooks');

const LINE = `/${evidence.FILE}`;
// It comes first, so that the user's own lines stay as they are, with a newline at their end or without.
const BLOCK = `${BEGIN}\n${LINE}\n${END}\n`;

/** Does the file keep the evidence out of git's sight? A line of the user's is as good as the gate's. */
function isExcluded(file) {
  return textOf(file).split(/\r?\n/).includes(LINE);
}

/** What the file has to be for that. */
function excluded(file) {
  return isExcluded(file) ? textOf(file) : `${BLOCK}${textOf(file)}`;
}

/** What the file is without the gate; undefined where nothing in it is the gate's. */
function included(file) {
  const text = textOf(file);
  return text.includes(BLOCK) ? text.replace(BLOCK, '') : undefined;
}

function textOf(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'latin1') : '';
}

module.exports = { LINE, excluded, included, isExcluded };
