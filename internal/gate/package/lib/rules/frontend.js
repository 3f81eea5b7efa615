'use strict';

const { maskTypeScript } = require('../source/typescript');
const { findConsoleLog } = require('./console-log');
const { everyMatch } = require('./rule');

/** @type {import('./rule').Platform} */
module.exports = {
  name: 'frontend',
  bundle: 'frontendRuleSet@reference',
  module: __filename,
  covers: (path) => /(?:^|\/)apps\/(?:frontend|web)\/.*\.(?:[jt]sx|[cm]?[jt]s)$/is.test(path),
  // In a .ts file <T>value is a cast; in all others an element may stand there.
  mask: (text, path) => maskTypeScript(text, { jsx: !/\.[cm]?ts$/i.test(path) }),
  rules: [
    {
      id: 'frontend.no-console-log',
      severity: 'CRITICAL',
      message: 'console.log reaches the console of every visitor; remove it or use the logger.',
      find: findConsoleLog,
    },
    {
      id: 'frontend.no-debugger',
      severity: 'ERROR',
      message: 'debugger stops the page of whoever has the tools open; remove it.',
      // A reserved word: whatever is neither a member nor a key is the statement.
      find: everyMatch(/(?<![\w$.#]|\.\s+)debugger(?![\w$])(?!\s*[:(?=])/g),
    },
  ],
};
