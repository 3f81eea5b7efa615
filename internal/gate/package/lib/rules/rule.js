'use strict';

/**
 * @typedef {object} Rule
 * @property {string} id
 * @property {'CRITICAL' | 'ERROR'} severity
 * @property {string} message  what is wrong and what to do instead, in one sentence
 * @property {(code: string) => Iterable<[number, number]>} find  where masked code breaks the rule: [from, to)
 */

/**
 * @typedef {object} Platform
 * @property {string} name
 * @property {string} bundle  the name of its rule set in the evidence
 * @property {string} module  the file that its rules are written in
 * @property {(path: string) => boolean} covers
 * @property {(text: string, path: string) => string} mask  the text with everything but code blanked
 * @property {Rule[]} rules
 */

/** The find function of a rule that one expression can tell. */
function everyMatch(expression) {
  return function* (code) {
    for (const match of code.matchAll(expression)) {
      yield [match.index, match.index + match[0].length];
    }
  };
}

module.exports = { everyMatch };
