'use strict';

const { Scanner } = require('./scanner');

// After these words an expression begins, so "/" may open a regular expression.
const BEFORE_EXPRESSION = new Set([
  'await', 'case', 'else', 'guard', 'if', 'in', 'is', 'return', 'throw', 'try', 'where', 'while',
]);

const SPACE = /\s+/y;
const WORD = /[\p{ID_Continue}$]+/uy;
// """ opens a text of many lines only where the line ends behind it: #"""# is a single quotation mark.
const OPENING_QUOTE = /(#*)("""(?=[ \t]*[\n\r])|")/y;
const BARE_REGEX = /\/(?![\s*/])(?:[^\\/\n\r]|\\[^\n\r])*(?<!\s)\//y;
const EXTENDED_REGEX = /(#+)\/[^]*?\/\1/y;

class SwiftScanner extends Scanner {
  /** Code, to the end of the text or, in a hole, to behind the parenthesis that closes it. */
  code({ hole }) {
    let parens = 0;
    let operand = false; // can the token before end an operand? then "/" divides
    while (!this.done) {
      if (this.take(SPACE) || this.comment({ nested: true })) {
        continue;
      }
      const word = this.take(WORD);
      if (word) {
        operand = !BEFORE_EXPRESSION.has(word[0]);
      } else if (this.string() || this.backtickName() || this.takeHidden(EXTENDED_REGEX)) {
        operand = true;
      } else if (!operand && this.takeHidden(BARE_REGEX, 1)) {
        operand = true;
      } else {
        const char = this.text[this.at++];
        if (char === '(') {
          parens++;
        } else if (char === ')' && --parens < 0 && hole) {
          return;
        }
        operand = /[)\]}]/.test(char) || (operand && /[!?]/.test(char)); // x! is still x
      }
    }
  }

  string() {
    const opening = this.take(OPENING_QUOTE);
    if (!opening) {
      return false;
    }
    const [, hashes, quotes] = opening;
    const closing = quotes + hashes;
    const escape = '\\' + hashes;
    let from = this.at;
    while (!this.done && !this.looksAt(closing)) {
      if (this.looksAt(escape + '(')) {
        this.hide(from, this.at);
        this.at += escape.length + 1;
        this.code({ hole: true });
        from = this.at;
      } else if (this.looksAt(escape)) {
        this.at += escape.length + 1;
      } else if (quotes === '"' && /[\n\r]/.test(this.text[this.at])) {
        break; // never closed: hide no more than its line
      } else {
        this.at++;
      }
    }
    this.hide(from, this.at);
    if (this.looksAt(closing)) {
      this.at += closing.length;
    }
    return true;
  }
}

function maskSwift(text) {
  const scanner = new SwiftScanner(text);
  scanner.takeHidden(/#![^\n\r]*/y);
  scanner.code({ hole: false });
  return scanner.masked();
}

module.exports = { maskSwift };
