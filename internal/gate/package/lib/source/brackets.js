'use strict';

/**
 * Where the bracket stands that is open at a place in masked code, or -1. For the place of a closing bracket
 * that is its partner.
 * @param {{ angles?: boolean }} options  whether < and > count, as around type arguments
 */
function openBracketAt(code, place, { angles = false } = {}) {
  let depth = 0;
  for (let i = place - 1; i >= 0; i--) {
    const char = code[i];
    if (')]}'.includes(char) || (angles && char === '>' && code[i - 1] !== '=')) {
      depth++;
    } else if ('([{'.includes(char) || (angles && char === '<')) {
      if (depth === 0) {
        return i;
      }
      depth--;
    }
  }
  return -1;
}

module.exports = { openBracketAt };
