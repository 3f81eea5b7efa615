'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { name: ownName } = require('../package.json');
const evidence = require('./evidence');
const { excluded, included } = require('./exclude');
const { hooksIn, installed, ownHooksFolder, withdrawn } = require('./hooks');
const { Record, writeChanged } = require('./record');
const { Refusal } = require('./refusal');

/**
 * Lets git call the gate, and keeps its evidence out of git's sight. It refuses before it writes anything, and
 * writes nothing that is in place already.
 * @returns {string[]} the files that are in place now
 */
function install(repository) {
  const fault = faultOfPackage(repository);
  if (fault) {
    throw new Refusal(fault.reason, fault.mend);
  }
  return onDisk(() => {
    const record = Record.of(repository);
    const hooks = hooksIn(ownHooksFolder(repository))
      .map((hook) => ({ ...hook, ...installed(hook, record.has(hook.file)) }));
    const { exclude } = repository;
    const files = [...hooks.map(({ file }) => file), exclude];
    for (const file of files) {
      record.noteMissing(file);
    }
    for (const { file } of hooks) {
      record.notePut(file);
    }
    record.write(); // first: whatever comes now can be undone
    for (const { file, text, mode } of hooks) {
      writeChanged(file, text);
      fs.chmodSync(file, mode);
    }
    writeChanged(exclude, excluded(exclude));
    return files;
  });
}

/**
 * Why git could not call the gate, or would not as it should.
 * @returns {null | { reason: string, mend: string }}
 */
function faultOfPackage(repository) {
  if (repository.run(['ls-files', '-z', '--', 'node_modules']).length > 0) {
    return {
      reason: 'node_modules is tracked by git',
      mend: 'git rm -r --cached node_modules, and put node_modules/ in .gitignore',
    };
  }
  const trees = [repository.root, repository.common.replace(/[\\/]\.git$/, '')];
  if (!trees.some((tree) => fs.existsSync(path.join(tree, 'node_modules', ownName, 'package.json')))) {
    return { reason: `${ownName} is not installed in ${repository.root}`, mend: 'npm install' };
  }
  return null;
}

/**
 * Takes away what install and the gate put into a repository and its work trees, and nothing else.
 * @returns {{ file: string, text: string | null }[]} what each file is now; null where it was taken away
 */
function uninstall(repository) {
  return onDisk(() => {
    const record = Record.of(repository);
    const trees = repository.workTrees();
    const changes = [...hookChanges(record, trees), ...excludeChanges(record, repository), ...leftovers(trees)];
    for (const { file, text } of changes) {
      if (text === null) {
        fs.rmSync(file);
      } else {
        writeChanged(file, text);
      }
    }
    record.remove();
    return changes;
  });
}

/** The hooks of each work tree, and those that were put where git once took them from. */
function hookChanges(record, trees) {
  const files = [...trees.flatMap(ownHooks), ...record.files()];
  return [...new Set(files)]
    .map((file) => ({ file, ...withdrawn(file, record.has(file)) }))
    .filter(({ text }) => text !== undefined);
}

function ownHooks(tree) {
  try {
    return hooksIn(ownHooksFolder(tree)).map(({ file }) => file);
  } catch (error) {
    if (error instanceof Refusal) {
      return []; // they are kept outside, where the gate has put nothing
    }
    throw error;
  }
}

function excludeChanges(record, { exclude: file }) {
  const text = included(file);
  return text === undefined ? [] : [{ file, text: text === '' && record.has(file) ? null : text }];
}

function leftovers(trees) {
  const files = trees.flatMap((tree) => [evidence.leftBy(tree), tree.session]);
  return files.filter(isFile).map((file) => ({ file, text: null }));
}

function isFile(file) {
  return file !== null && fs.lstatSync(file, { throwIfNoEntry: false })?.isFile() === true;
}

/** What the file system refuses is no defect of the gate. */
function onDisk(action) {
  try {
    return action();
  } catch (error) {
    throw error.syscall ? new Refusal(error.message, 'give your user the right to write there') : error;
  }
}

module.exports = { faultOfPackage, install, uninstall };
