'use strict';

const { openBracketAt } = require('../source/brackets');
const { maskSwift } = require('../source/swift');
const { everyMatch } = require('./rule');

// A "!" right behind one of these is not behind an operand. Forced casts and forced tries are risks of their
// own, with rules of their own in the product; here they are not force unwraps.
const NOT_OPERANDS = new Set([
  'as', 'case', 'else', 'guard', 'if', 'in', 'init', 'return', 'try', 'where', 'while',
]);

/** A postfix "!": right behind an operand. With a space before it negates, with "=" behind it compares. */
function* findForceUnwrap(code) {
  for (const match of code.matchAll(/(?<=[\p{ID_Continue}$)\]}`])!(?!=)/gu)) {
    const word = /(?<![\p{ID_Continue}.$])[a-z]+$/u.exec(tail(code, match.index));
    if (!NOT_OPERANDS.has(word?.[0]) && !endsDeclaredType(code, match.index)) {
      yield [match.index, match.index + 1];
    }
  }
}

/**
 * Does the type of a declaration end here? `var label: UILabel!` unwraps nothing by itself: whoever uses the
 * outlet does, and storyboards leave no other way to declare one.
 */
function endsDeclaredType(code, end) {
  let start = end;
  while (start > 0) {
    if (/[)\]]/.test(code[start - 1])) {
      const open = openBracketAt(code, start - 1);
      if (open < 0) {
        return false;
      }
      start = open;
    } else if (/[\w.`]/.test(code[start - 1])) {
      start--;
    } else {
      break;
    }
  }
  const before = tail(code, start);
  if (/(?:->|\b(?:let|var)\s+[\w`]+\s*:)\s*$/.test(before)) {
    return true;
  }
  if (!/:\s*(?:inout\s+)?$/.test(before)) {
    return false;
  }
  // A parameter, unlike the label of an argument, stands in the parentheses of a declaration.
  const open = openBracketAt(code, start);
  return code[open] === '('
    && /(?:\bfunc\s+\S+?|(?<![.\w])init[?!]?|\bsubscript)\s*(?:<[^()]*>)?\s*$/.test(tail(code, open));
}

/** As much before a place as a declaration's head may take; looking further would make long files slow. */
function tail(code, place) {
  return code.slice(Math.max(0, place - 200), place);
}

/** @type {import('./rule').Platform} */
module.exports = {
  name: 'ios',
  bundle: 'iosRuleSet@reference',
  module: __filename,
  covers: (path) => /\.swift$/i.test(path),
  mask: maskSwift,
  rules: [
    {
      id: 'ios.no-anyview',
      severity: 'CRITICAL',
      message: 'AnyView hides the type by which SwiftUI tells views apart; use some View or @ViewBuilder.',
      find: everyMatch(/\bAnyView\b/g),
    },
    {
      id: 'ios.no-force-unwrap',
      severity: 'ERROR',
      message: 'A force unwrap crashes on nil; use guard let, if let or ??.',
      find: findForceUnwrap,
    },
    {
      id: 'ios.no-print',
      severity: 'ERROR',
      message: 'print is not the log of an app; use Logger.',
      find: everyMatch(/(?<!\bfunc\s+|\.\s*|[\w$])(?:Swift\s*\.\s*)?print\s*\(/g),
    },
  ],
};
