'use strict';

const { Scanner } = require('./scanner');

// After these words an expression begins, so "/" opens a regular expression and "<" an element.
const BEFORE_EXPRESSION = new Set([
  'await', 'case', 'default', 'delete', 'do', 'else', 'in', 'instanceof', 'new', 'of', 'return', 'throw',
  'typeof', 'void', 'yield',
]);
const BEFORE_CONDITION = new Set(['for', 'if', 'while', 'with']);

const SPACE = /\s+/y;
const WORD = /[\p{ID_Continue}$\u200c\u200d]+/uy;
const REGEX = /\/(?:[^\\/[\n\r]|\\[^\n\r]|\[(?:[^\]\\\n\r]|\\[^\n\r])*\])+\//y;
const ELEMENT_NAME = /[\p{ID_Start}$_][\p{ID_Continue}$.:-]*/uy;
const ELEMENT_TYPES = /<[^<>(){}]*>/y;

class TypeScriptScanner extends Scanner {
  constructor(text, jsx) {
    super(text);
    this.jsx = jsx;
    this.notElements = new Set(); // where "<" was tried as an element in vain
  }

  /**
   * Code, to the end of the text or, in a hole, to behind the brace that closes it.
   * @returns {boolean} was it closed?
   */
  code({ hole }) {
    let braces = 0;
    let word = ''; // the token before, where it was a word
    let operand = false; // can the token before end an operand? then "/" divides and "<" compares
    const conditions = []; // for each open "(": is it that of an if or a loop?
    while (!this.done) {
      if (this.take(SPACE) || this.comment({ nested: false })) {
        continue;
      }
      const before = word;
      word = '';
      const taken = this.take(WORD);
      if (taken) {
        const member = this.text[this.at - taken[0].length - 1] === '.';
        word = member ? '' : taken[0];
        operand = !BEFORE_EXPRESSION.has(word);
        continue;
      }
      const char = this.text[this.at];
      if (char === '"' || char === "'") {
        this.string(char);
        operand = true;
      } else if (char === '`') {
        this.template();
        operand = true;
      } else if (char === '/' && !operand && this.takeHidden(REGEX, 1)) {
        operand = true;
      } else if (char === '<' && !operand && this.jsx && this.element()) {
        operand = true;
      } else if (this.looksAt('++') || this.looksAt('--')) {
        this.at += 2; // before or after its operand: either way nothing changes
      } else if (char === '!' && operand && !/\s/.test(this.text[this.at - 1])) {
        this.at++; // x! is still x
      } else {
        this.at++;
        operand = char === ']';
        if (char === '(') {
          conditions.push(BEFORE_CONDITION.has(before));
        } else if (char === ')') {
          operand = !conditions.pop();
        } else if (char === '{') {
          braces++;
        } else if (char === '}' && --braces < 0 && hole) {
          return true;
        }
      }
    }
    return false;
  }

  /** A quoted string; one that is not closed ends with its line, so that it hides no more than that. */
  string(quote) {
    this.at++; // the quotes stay: to a rule, "" is still an expression
    this.takeHidden(quote === '"' ? /(?:[^"\\\n\r]+|\\(?:\r\n|[^]))*/y : /(?:[^'\\\n\r]+|\\(?:\r\n|[^]))*/y);
    if (this.looksAt(quote)) {
      this.at++;
    }
  }

  template() {
    let from = ++this.at;
    while (!this.done && !this.looksAt('`')) {
      if (this.looksAt('${')) {
        this.hide(from, this.at);
        this.at += 2;
        this.code({ hole: true });
        from = this.at;
      } else {
        this.at += this.looksAt('\\') ? 2 : 1;
      }
    }
    this.hide(from, this.at);
    this.at++;
  }

  /** A JSX element, whose text is not code; "<" is only known to have opened one once it is closed again. */
  element() {
    const start = this.at;
    const hidden = this.hidden.length;
    if (this.notElements.has(start)) {
      return false;
    }
    if (this.tag()) {
      return true;
    }
    this.notElements.add(start); // keeps the time of many false starts within bounds
    this.at = start;
    this.hidden.length = hidden;
    return false;
  }

  tag() {
    this.at++;
    this.blank();
    const name = this.take(ELEMENT_NAME)?.[0] ?? '';
    this.take(ELEMENT_TYPES);
    for (;;) {
      this.blank();
      if (this.looksAt('>')) {
        this.at++;
        return this.children(name);
      }
      if (this.looksAt('/>')) {
        this.at += 2;
        return name !== '';
      }
      if (!this.attribute()) {
        return false;
      }
    }
  }

  attribute() {
    if (this.looksAt('{')) {
      return this.hole();
    }
    if (!this.take(ELEMENT_NAME)) {
      return false;
    }
    this.blank();
    if (!this.looksAt('=')) {
      return true;
    }
    this.at++;
    this.blank();
    // No escapes here, and lines may break.
    return this.takeHidden(/"[^"]*"|'[^']*'/y, 1)
      || (this.looksAt('{') && this.hole())
      || (this.looksAt('<') && this.element());
  }

  children(name) {
    for (;;) {
      this.takeHidden(/[^<>{}]+/y);
      if (this.looksAt('</')) {
        const close = this.take(/<\/\s*([\p{ID_Continue}$.:-]*)\s*>/uy);
        return close?.[1] === name;
      }
      // ">" and "}" are no text: TypeScript refuses them too, and a type parameter is found out by its ">".
      const child = this.looksAt('{') ? this.hole() : this.looksAt('<') && this.element();
      if (!child) {
        return false;
      }
    }
  }

  hole() {
    this.at++;
    return this.code({ hole: true });
  }

  /** What may stand between the parts of a tag. */
  blank() {
    while (this.take(SPACE) || this.comment({ nested: false }));
  }
}

/** @param {{ jsx: boolean }} dialect  with JSX, "<" may open an element and never casts */
function maskTypeScript(text, { jsx }) {
  const scanner = new TypeScriptScanner(text, jsx);
  scanner.takeHidden(/#![^\n\r]*/y);
  scanner.code({ hole: false });
  return scanner.masked();
}

module.exports = { maskTypeScript };
