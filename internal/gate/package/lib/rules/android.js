'use strict';

const { maskKotlin } = require('../source/kotlin');
const { everyMatch } = require('./rule');

/** @type {import('./rule').Platform} */
module.exports = {
  name: 'android',
  bundle: 'androidRuleSet@reference',
  module: __filename,
  covers: (path) => /\.kts?$/i.test(path),
  mask: maskKotlin,
  rules: [
    {
      id: 'android.no-global-scope',
      severity: 'ERROR',
      message: 'GlobalScope outlives every screen; launch in viewModelScope or a scope that is handed in.',
      // An import starts nothing; where the name is used it is told.
      find: everyMatch(/(?<!^[ \t]*import\s+[\w.]*)\bGlobalScope\b/gm),
    },
    {
      id: 'android.no-thread-sleep',
      severity: 'CRITICAL',
      message: 'Thread.sleep blocks its thread; use delay in a coroutine.',
      // Also Thread::sleep, and the import that would let sleep() be called by itself.
      find: everyMatch(/(?<![\w$])Thread\s*(?:\.|::)\s*sleep\b/g),
    },
  ],
};
