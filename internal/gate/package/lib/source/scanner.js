'use strict';

/**
 * Walks a source text once and notes the parts that are not code. The languages extend it.
 *
 * A masked text is as long as the original and has its lines: comments, the insides of string literals and
 * the like are spaces. So a rule may search it with a plain expression and still never find a word that
 * somebody only wrote *about*.
 */
class Scanner {
  constructor(text) {
    this.text = text;
    this.at = 0;
    this.hidden = []; // [from, to), ascending
  }

  get done() {
    return this.at >= this.text.length;
  }

  looksAt(token) {
    return this.text.startsWith(token, this.at);
  }

  /** Matches a sticky expression here and steps over it. */
  take(sticky) {
    sticky.lastIndex = this.at;
    const match = sticky.exec(this.text);
    if (match) {
      this.at = sticky.lastIndex;
    }
    return match;
  }

  /** Steps over what a sticky expression matches here and hides it, but for `edge` characters at both ends. */
  takeHidden(sticky, edge = 0) {
    const from = this.at;
    const match = this.take(sticky);
    if (match) {
      this.hide(from + edge, this.at - edge);
    }
    return match !== null;
  }

  hide(from, to) {
    if (from < to) {
      this.hidden.push([from, Math.min(to, this.text.length)]);
    }
  }

  /** Steps over a comment that starts here, if one does. */
  comment({ nested }) {
    if (this.takeHidden(/\/\/[^\n\r\u2028\u2029]*/y)) {
      return true;
    }
    if (!this.looksAt('/*')) {
      return false;
    }
    const from = this.at;
    let depth = 0;
    const edges = /\/\*|\*\//g;
    edges.lastIndex = from;
    for (let edge; (edge = edges.exec(this.text)); ) {
      if (edge[0] === '*/') {
        depth--;
      } else if (nested || depth === 0) {
        depth++;
      } else {
        edges.lastIndex--; // in a flat comment `/*/` may close it
      }
      if (depth === 0) {
        this.at = edges.lastIndex;
        this.hide(from, this.at);
        return true;
      }
    }
    this.at = this.text.length;
    this.hide(from, this.at);
    return true;
  }

  /** `a name in backticks`: a plain identifier stays code, a sentence (a test's name) is text. */
  backtickName() {
    return this.take(/`[\p{ID_Continue}$]+`/uy) !== null || this.takeHidden(/`[^`\n\r]*`/y, 1);
  }

  masked() {
    const parts = [];
    let from = 0;
    for (const [start, end] of this.hidden) {
      parts.push(this.text.slice(from, start), this.text.slice(start, end).replace(/[^\n\r]/g, ' '));
      from = end;
    }
    parts.push(this.text.slice(from));
    return parts.join('');
  }
}

module.exports = { Scanner };
