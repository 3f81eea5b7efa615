'use strict';

const { Refusal } = require('./refusal');
const { inTrees } = require('./trees');

/**
 * One file of a change, as it is after the change.
 * @typedef {object} ChangedFile
 * @property {string} path     from the root of the repository
 * @property {string} text     the whole new content
 * @property {boolean} binary  git would not show it as text
 * @property {(line: number) => boolean} added  did the change add this line?
 */

// Whatever the user's configuration says, the answer is git's own and the same on every machine.
const PLAIN = ['--no-ext-diff', '--no-textconv', '--no-color'];

/**
 * Reads a change. Paths come from the raw format with NUL between them, so no name can be misread, and
 * contents come by object name, so no name has to be given back to git.
 * @param {import('./git').Repository} repository
 * @param {string[]} range    what `git diff` compares
 * @param {(path: string) => boolean} wanted  only these files are read
 * @returns {ChangedFile[]}
 */
function readChange(repository, range, wanted) {
  const entries = listEntries(repository, range).filter((entry) => wanted(entry.path));
  const contents = readBlobs(repository, entries.map((entry) => entry.newBlob));
  const added = readAdded(repository, entries);
  return entries.map((entry, i) => ({
    path: entry.path,
    text: contents[i].toString('utf8'),
    binary: contents[i].subarray(0, 8000).includes(0), // git's own test
    added: added[i],
  }));
}

/** Regular files that exist after the change; deletions, links and submodules hold no source to judge. */
function listEntries(repository, range) {
  const raw = repository.run([
    'diff', '--raw', '-z', '--no-abbrev', '--find-renames', '--no-relative', '--ignore-submodules=all',
    ...PLAIN, ...range, '--',
  ]);
  const fields = raw.toString('utf8').split('\0');
  const entries = [];
  for (let i = 0; fields[i]; i += 2) {
    const [oldMode, newMode, oldBlob, newBlob, status] = fields[i].slice(1).split(' ');
    if (/^[RC]/.test(status)) {
      i++; // the name it had before comes first
    }
    const path = fields[i + 1];
    if (status === 'U') {
      throw new Refusal(`${JSON.stringify(path)} is unmerged`, 'resolve the conflict, then git add the file');
    }
    if (isFile(newMode)) {
      entries.push({ path, newBlob, oldBlob: isFile(oldMode) ? oldBlob : null });
    }
  }
  return entries;
}

function isFile(mode) {
  return mode.startsWith('100');
}

/** All contents through one process, in the order asked for. */
function readBlobs(repository, names) {
  if (names.length === 0) {
    return [];
  }
  const output = repository.run(['cat-file', '--batch'], names.join('\n') + '\n');
  let at = 0;
  return names.map((name) => {
    const headerEnd = output.indexOf('\n', at);
    const [, type, size] = output.toString('latin1', at, headerEnd).split(' ');
    if (type !== 'blob') {
      throw new Refusal(`object ${name} cannot be read`, 'git fsck');
    }
    const start = headerEnd + 1;
    at = start + Number(size) + 1;
    return output.subarray(start, start + Number(size));
  });
}

/** Which lines were added to each entry: one process compares all that were modified. */
function readAdded(repository, entries) {
  const modified = entries.filter(({ oldBlob, newBlob }) => oldBlob !== null && oldBlob !== newBlob);
  const pairs = modified.map(({ oldBlob, newBlob }) => [oldBlob, newBlob]);
  const added = comparePairs(repository, pairs);
  return entries.map(({ oldBlob, newBlob }) => {
    if (oldBlob === null) {
      return () => true;
    }
    if (oldBlob === newBlob) {
      return () => false; // moved, or another mode
    }
    const lines = added.get(`${oldBlob}..${newBlob}`);
    return (number) => lines.has(number);
  });
}

function comparePairs(repository, pairs) {
  switch (pairs.length) {
    case 0:
      return new Map();
    case 1:
      return compare(repository, pairs[0]);
    default:
      return inTrees(repository, pairs, compare);
  }
}

/** @returns {Map<string, Set<number>>} by the names of two blobs, the lines that the second has and the first lacks */
function compare(repository, [before, after]) {
  // --text: `*.ts -diff` in .gitattributes hides a file from readers, not from the gate.
  const patch = repository.run(['diff', '--unified=0', '--text', '--full-index', ...PLAIN, before, after]);
  // No line of a file can begin like that: before each stands whether it is old, new or both.
  return new Map(patch.toString('latin1').split('\ndiff --git ').map((file) => [
    /\nindex (\w+\.\.\w+)/.exec(file)[1], linesAddedIn(file),
  ]));
}

function linesAddedIn(patch) {
  const added = new Set();
  let line = 0;
  for (const text of patch.slice(patch.indexOf('\n@@ ') + 1).split('\n')) {
    // Context is counted, not presumed absent: GIT_DIFF_OPTS or diff.interHunkContext can bring it back.
    switch (text[0]) {
      case '@':
        line = Number(/ \+(\d+)/.exec(text)[1]);
        break;
      case '+':
        added.add(line++);
        break;
      case ' ':
      case undefined: // an empty line, with diff.suppressBlankEmpty
        line++;
        break;
    }
  }
  return added;
}

module.exports = { readChange };
