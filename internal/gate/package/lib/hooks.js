'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { GitError } = require('./git');
const { Refusal } = require('./refusal');

const HOOKS = ['pre-commit', 'pre-push'];
const BEGIN = '# >>> pumuki install >>>';
const END = '# <<< pumuki install <<<';

/** A hook of the gate's own, without its block. */
const BARE = '#!/bin/sh\n';

const SHELL = /^#![ \t]*(?:\S*\/)?(?:env[ \t]+(?:-S[ \t]+)?)?(?:\S*\/)?(?:a|ba|da|k|mk|z)?sh(?=[ \t]|$)/;
const BLOCK = new RegExp(`\\n${BEGIN}\\n[^]*?\\n${END}(?=\\n|$)`, 'g');

/** The folder that git takes the hooks from. */
function hooksFolder(repository) {
  try {
    return repository.gitPath('hooks');
  } catch (error) {
    throw error instanceof GitError ? new Refusal(error.message, 'git config core.hooksPath <folder>') : error;
  }
}

/** The same; one outside of this repository serves others too, and is refused. What counts is where a link leads. */
function ownHooksFolder(repository) {
  const folder = hooksFolder(repository);
  const real = realPath(folder);
  if (![repository.common, repository.root].some((home) => isWithin(realPath(home), real))) {
    throw new Refusal(`core.hooksPath puts the hooks in ${folder}`, 'call pumuki-pre-commit and pumuki-pre-push there');
  }
  return folder;
}

function isWithin(home, file) {
  const relative = path.relative(home, file);
  return relative !== '' && !/^\.\.(?:[\\/]|$)/.test(relative) && !path.isAbsolute(relative);
}

/** Where a path leads, though its last parts may not exist yet. */
function realPath(file) {
  try {
    return fs.realpathSync(file);
  } catch (error) {
    const above = path.dirname(file);
    if (error.code !== 'ENOENT' || above === file) {
      throw error;
    }
    return path.join(realPath(above), path.basename(file));
  }
}

/** The hooks of a folder, by name and file. */
function hooksIn(folder) {
  return HOOKS.map((name) => ({ name, file: path.join(folder, name) }));
}

/** @returns {'in place' | 'missing' | 'changed' | 'not executable'} */
function stateOf({ name, file }) {
  const there = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!there) {
    return 'missing';
  }
  if (!there.isFile() || !isWhole(readBytes(file), name)) {
    return 'changed';
  }
  return isExecutable(there) ? 'in place' : 'not executable';
}

/**
 * What a hook has to be for git to call the gate: one of the gate's own where there is none, else the user's with the
 * gate's block right after its first line, so that nothing in it ends before the gate has spoken.
 * @param {boolean} own  did the gate make this file?
 * @returns {{ text: string, mode: number }}
 */
function installed({ name, file }, own) {
  const there = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!there) {
    return { text: withBlock(BARE, name), mode: 0o755 };
  }
  const text = there.isFile() ? readBytes(file) : '';
  const kept = own && isRuined(text) ? BARE : withoutBlock(text);
  if (!SHELL.test(kept.split('\n')[0])) {
    throw new Refusal(`${file} is somebody else's, and no shell script`, 'move it away, or call the gate from it');
  }
  if (isTorn(kept)) {
    throw tornRefusal(file);
  }
  if (!own && kept === text && !isExecutable(there)) {
    throw new Refusal(`${file} is somebody else's, and git does not run it`, 'chmod +x it, or move it away');
  }
  return { text: withBlock(kept, name), mode: there.mode | ((there.mode & 0o444) >> 2) };
}

/**
 * What a hook is without the gate.
 * @returns {undefined | { text: string | null }} undefined where nothing in it is the gate's, a null text where all is
 */
function withdrawn(file, own) {
  if (!fs.lstatSync(file, { throwIfNoEntry: false })?.isFile()) {
    return undefined;
  }
  const text = readBytes(file);
  const kept = withoutBlock(text);
  if (own && (kept === BARE || isRuined(text))) {
    return { text: null };
  }
  if (isTorn(kept)) {
    throw tornRefusal(file);
  }
  return kept === text ? undefined : { text: kept };
}

function tornRefusal(file) {
  return new Refusal(`${file} has a part of the gate's block, and not all`, `take out what is left of ${BEGIN}`);
}

/** Is the block there as it should be, where it should be, and once? */
function isWhole(text, name) {
  return text !== '' && text === withBlock(withoutBlock(text), name);
}

/** The block goes between a hook's first line and the rest, so that taking it out gives the same bytes again. */
function withBlock(text, name) {
  const [first] = text.split('\n', 1);
  return `${first}\n${blockOf(name)}${text.slice(first.length)}`;
}

function withoutBlock(text) {
  return text.replace(BLOCK, '');
}

/** Is there nothing in a hook of the gate's own that is somebody's? */
function isRuined(text) {
  return text === '' || isTorn(withoutBlock(text));
}

function isTorn(text) {
  return text.split('\n').some((line) => line === BEGIN || line === END);
}

/** A hook may be of any encoding: each byte is one character here, and one byte again when it is written. */
function readBytes(file) {
  return fs.readFileSync(file, 'latin1');
}

function isExecutable(stats) {
  return process.platform === 'win32' || (stats.mode & 0o111) !== 0;
}

/**
 * The block runs the gate that is installed in this work tree, else the one of the main work tree, and no other. It
 * works in any Bourne shell, whatever options it has.
 */
function blockOf(name) {
  return `${BEGIN}
pumuki_gate() (
  gate=node_modules/pumuki/bin/pumuki-${name}.js
  here=$(git rev-parse --show-toplevel) || exit 1
  main=$(git rev-parse --path-format=absolute --git-common-dir) || exit 1
  for tree in "$here" "\${main%/.git}"; do
    if [ -f "$tree/$gate" ]; then
      exec node "$tree/$gate" "$@"
    fi
  done
  echo "pumuki: cannot judge ${name}: pumuki is not installed in $here" >&2
  echo "mend: npm install" >&2
  exit 1
)
${CALLS[name]}
${END}`;
}

/** How the block calls the gate. What git writes to pre-push is for the gate, and then for the rest of the hook. */
const CALLS = {
  'pre-commit': 'pumuki_gate "$@" </dev/null || exit 1',
  'pre-push': `pumuki_refs=
[ -t 0 ] || pumuki_refs=$(cat) || :
printf '%s\\n' "$pumuki_refs" | pumuki_gate "$@" || exit 1
if [ -n "$pumuki_refs" ]; then
  exec <<PUMUKI
$pumuki_refs
PUMUKI
else
  exec </dev/null
fi`,
};

module.exports = { BEGIN, END, hooksFolder, hooksIn, installed, ownHooksFolder, stateOf, withdrawn };
