'use strict';

const { everyMatch } = require('./rule');

/** Also where it is only handed on, as in `.forEach(console.log)`; not a property that bears the name. */
const findConsoleLog = everyMatch(
  /(?<![\w$.#]|\.\s+)(?:(?:globalThis|window|global)\s*\??\.\s*)?console\s*\??\.\s*log(?![\w$])/g,
);

module.exports = { findConsoleLog };
