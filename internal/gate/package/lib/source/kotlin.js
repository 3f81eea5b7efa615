'use strict';

const { Scanner } = require('./scanner');

const SPACE = /\s+/y;
const WORD = /\p{ID_Continue}+/uy;
const OPENING_QUOTE = /(\$*)("""|")/y;
const CHARACTER = /'(?:\\[^\n\r][^'\n\r]*|[^'\\\n\r])'/y;

class KotlinScanner extends Scanner {
  /** Code, to the end of the text or, in a hole, to behind the brace that closes it. */
  code({ hole }) {
    let braces = 0;
    while (!this.done) {
      if (this.take(SPACE) || this.take(WORD) || this.comment({ nested: true }) || this.string()
        || this.takeHidden(CHARACTER, 1) || this.backtickName()) {
        continue;
      }
      const char = this.text[this.at++];
      if (char === '{') {
        braces++;
      } else if (char === '}' && --braces < 0 && hole) {
        return;
      }
    }
  }

  string() {
    const opening = this.take(OPENING_QUOTE);
    if (!opening) {
      return false;
    }
    const [, dollars, quotes] = opening;
    const raw = quotes === '"""';
    // $$"…" asks for as many dollars before a hole, so that ${…} can be plain text.
    const holeMark = (dollars || '$') + '{';
    let from = this.at;
    while (!this.done && !this.looksAt(quotes)) {
      if (this.looksAt(holeMark)) {
        this.hide(from, this.at);
        this.at += holeMark.length;
        this.code({ hole: true });
        from = this.at;
      } else if (!raw && /[\n\r]/.test(this.text[this.at])) {
        break; // never closed: hide no more than its line
      } else {
        this.at += !raw && this.looksAt('\\') ? 2 : 1;
      }
    }
    while (raw && this.looksAt('""""')) {
      this.at++; // of a run of quotes the last three close
    }
    this.hide(from, this.at);
    if (this.looksAt(quotes)) {
      this.at += quotes.length;
    }
    return true;
  }
}

function maskKotlin(text) {
  const scanner = new KotlinScanner(text);
  scanner.takeHidden(/#![^\n\r]*/y);
  scanner.code({ hole: false });
  return scanner.masked();
}

module.exports = { maskKotlin };
