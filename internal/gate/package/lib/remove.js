'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { name } = require('../package.json');
const { uninstall } = require('./install');
const { Refusal } = require('./refusal');

const SECTIONS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'];

/**
 * Uninstalls, and then lets npm take the package out of the manifest.
 * @returns {{ file: string, text: string | null }[]} as uninstall does
 */
function remove(repository) {
  const changes = uninstall(repository);
  const manifest = path.join(repository.root, 'package.json');
  if (!isDeclared(manifest)) {
    return changes;
  }
  runNpm(repository, ['uninstall', name]);
  return [...changes, { file: manifest, text: fs.readFileSync(manifest, 'utf8') }];
}

function isDeclared(manifest) {
  try {
    const sections = JSON.parse(fs.readFileSync(manifest, 'utf8'));
    return SECTIONS.some((section) => Object.hasOwn(sections?.[section] ?? {}, name));
  } catch (error) {
    if (error.code === 'ENOENT') {
      return false;
    }
    throw new Refusal(`${manifest} cannot be read: ${error.message}`, 'mend it, then pumuki remove');
  }
}

function runNpm(repository, args) {
  // npm is a script on Windows, which only a shell runs; the arguments are constants.
  const shell = process.platform === 'win32';
  const { error, status, stderr } = spawnSync('npm', args, { cwd: repository.root, env: repository.env, shell });
  if (error || status !== 0) {
    const said = error?.message ?? stderr.toString().trim().split('\n')[0];
    throw new Refusal(`npm ${args.join(' ')} failed: ${said}`, `npm ${args.join(' ')}`);
  }
}

module.exports = { remove };
