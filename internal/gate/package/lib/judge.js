'use strict';

const { Refusal } = require('./refusal');
const { platformOf } = require('./rules');

/**
 * @typedef {object} Finding
 * @property {string} ruleId
 * @property {'CRITICAL' | 'ERROR' | 'WARN'} severity
 * @property {string} message
 * @property {string} file
 * @property {number[]} lines  ascending; none where the finding is about the file
 */

const BLOCKING = new Set(['CRITICAL', 'ERROR']);

/**
 * Holds the added lines of a change against the rules of their platform. The whole file is read, because
 * only from its beginning can one tell code from comment; a match counts where it touches an added line.
 * @param {import('./diff').ChangedFile[]} files
 * @returns {Finding[]} by file, then rule
 */
function judge(files) {
  return files.flatMap(judgeFile).sort(byFileThenRule);
}

function judgeFile({ path, text, binary, added }) {
  if (binary) {
    return [{
      ruleId: 'gate.unreadable-source',
      severity: 'WARN',
      message: 'Named as source, but binary: nobody has judged it.',
      file: path,
      lines: [],
    }];
  }
  const platform = platformOf(path);
  const code = maskedCode(platform, text, path);
  return platform.rules.flatMap(({ id, severity, message, find }) => {
    const lineAt = lineCounter(text);
    const lines = new Set();
    for (const [from, to] of find(code)) {
      const first = lineAt(from);
      const last = lineAt(to - 1);
      for (let line = first; line <= last; line++) {
        if (added(line)) {
          lines.add(first);
        }
      }
    }
    return lines.size > 0 ? [{ ruleId: id, severity, message, file: path, lines: [...lines] }] : [];
  });
}

function maskedCode(platform, text, path) {
  try {
    return platform.mask(text, path);
  } catch (error) {
    if (error instanceof RangeError) { // the call stack
      throw new Refusal(`${JSON.stringify(path)} nests too deeply to be read`, 'keep generated files out of the change');
    }
    throw error;
  }
}

/** Lines as git counts them, for places that only ascend. */
function lineCounter(text) {
  let line = 1;
  let next = text.indexOf('\n');
  return (place) => {
    while (next >= 0 && next < place) {
      line++;
      next = text.indexOf('\n', next + 1);
    }
    return line;
  };
}

function byFileThenRule(a, b) {
  return compare(a.file, b.file) || compare(a.ruleId, b.ruleId);
}

function compare(a, b) {
  return a < b ? -1 : Number(a > b);
}

/** @returns {'PASS' | 'WARN' | 'BLOCK'} */
function outcomeOf(findings) {
  if (findings.some((finding) => BLOCKING.has(finding.severity))) {
    return 'BLOCK';
  }
  return findings.length > 0 ? 'WARN' : 'PASS';
}

module.exports = { judge, outcomeOf };
