'use strict';

const { openBracketAt } = require('../source/brackets');
const { maskTypeScript } = require('../source/typescript');
const { findConsoleLog } = require('./console-log');

/** `any` as a type. It is no reserved word, so what stands around it decides. */
function* findExplicitAny(code) {
  for (const match of code.matchAll(/(?<![\w$#@])any(?![\w$])/g)) {
    if (isType(code, match.index, match.index + match[0].length)) {
      yield [match.index, match.index + match[0].length];
    }
  }
}

const BEFORE_TYPE = new Set(['as', 'extends', 'is', 'keyof', 'satisfies']);
const VALUE_OPERATORS = new Set(['||', '&&', '??', '==', '!=', '<=', '>=']);

function isType(code, from, to) {
  const before = code.slice(0, from).trimEnd();
  const after = code.slice(to).trimStart();
  const word = /(?<![\w$.])[a-z]+$/.exec(before.slice(-20))?.[0];
  if (/^(?:\?\.|[.(])/.test(after)) {
    return false; // any.thing, any()
  }
  if (word) {
    return BEFORE_TYPE.has(word) || (word === 'readonly' && after.startsWith('['));
  }
  if (VALUE_OPERATORS.has(before.slice(-2))) {
    return false;
  }
  const parameter = after.startsWith('=>'); // any => any.id
  switch (before.at(-1)) {
    case ':':
    case '<':
    case '|':
    case '&':
      return true;
    case '=':
    case '?':
      return !parameter;
    case '>':
      return before.endsWith('=>') && !parameter;
    case ',': {
      // A type argument or a member of a tuple, unlike an argument, an import or a property.
      const open = code[openBracketAt(code, from, { angles: true })];
      return open === '<' || open === '[';
    }
    case '[':
      return !/[\w$)\]]\[$/.test(before.slice(-2)); // [any, string], but not list[any]
    case '(':
      return /^(?:\[\s*\]|[|&](?![|&]))/.test(after); // (any | null)[], but not f(any)
    case '.':
      return before.endsWith('...') && /^\[\s*\]/.test(after); // [string, ...any[]]
    default:
      return false;
  }
}

/** A catch clause in whose braces nothing is done; a comment there handles no error either. */
function* findEmptyCatch(code) {
  for (const match of code.matchAll(/(?<![\w$.#])catch\s*(?:\([^()]*\)\s*)?\{[\s;]*\}/g)) {
    if (closesTry(code.slice(0, match.index).trimEnd())) {
      yield [match.index, match.index + match[0].length];
    }
  }
}

/** A class may have a method called catch; only the clause follows the block of a try. */
function closesTry(before) {
  const open = before.endsWith('}') ? openBracketAt(before, before.length - 1) : -1;
  return /(?<![\w$.])try\s*$/.test(before.slice(0, Math.max(open, 0)).slice(-200));
}

/** @type {import('./rule').Platform} */
module.exports = {
  name: 'backend',
  bundle: 'backendRuleSet@reference',
  module: __filename,
  covers: (path) => /(?:^|\/)apps\/backend\/.*\.[cm]?ts$/is.test(path),
  mask: (text) => maskTypeScript(text, { jsx: false }),
  rules: [
    {
      id: 'backend.avoid-explicit-any',
      severity: 'ERROR',
      message: 'any switches the type checker off; name the type, or take unknown and narrow it.',
      find: findExplicitAny,
    },
    {
      id: 'backend.no-console-log',
      severity: 'CRITICAL',
      message: 'console.log is not the log of a service; use the logger.',
      find: findConsoleLog,
    },
    {
      id: 'backend.no-empty-catch',
      severity: 'ERROR',
      message: 'An empty catch hides the failure; handle the error or let it pass.',
      find: findEmptyCatch,
    },
  ],
};
