'use strict';

const fs = require('node:fs');
const path = require('node:path');
const evidence = require('./evidence');
const { Refusal } = require('./refusal');

const HOOKS = ['pre-commit', 'pre-push'];
const MARK = '# Written by pumuki install.';

/**
 * Lets git call the gate, and keeps its evidence out of git's sight. All or nothing: a hook that somebody
 * else wrote is theirs, and hooks kept outside this repository serve others too.
 * @returns {string[]} the files that are in place now
 */
function install(repository) {
  const [directory] = repository.gitPaths('hooks');
  const own = repository.line(['rev-parse', '--path-format=absolute', '--git-common-dir']);
  if (path.relative(own, directory) !== 'hooks') {
    throw new Refusal(`core.hooksPath puts the hooks in ${directory}`, 'call pumuki-pre-commit and pumuki-pre-push there');
  }
  const hooks = HOOKS.map((name) => ({ file: path.join(directory, name), text: hookText(name) }));
  const foreign = hooks.find(({ file }) => fs.existsSync(file) && !fs.readFileSync(file, 'utf8').includes(MARK));
  if (foreign) {
    throw new Refusal(`${foreign.file} is somebody else's`, 'move it away, or call the gate from it');
  }
  fs.mkdirSync(directory, { recursive: true });
  for (const { file, text } of hooks) {
    fs.writeFileSync(file, text);
    fs.chmodSync(file, 0o755);
  }
  return [...hooks.map(({ file }) => file), exclude(repository)];
}

function hookText(stage) {
  return `#!/bin/sh
${MARK}
exec "$(git rev-parse --show-toplevel)/node_modules/.bin/pumuki-${stage}"
`;
}

function exclude(repository) {
  const [file] = repository.gitPaths('info/exclude');
  const line = `/${evidence.FILE}`;
  const text = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (!text.split(/\r?\n/).includes(line)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, `${text}${text && !text.endsWith('\n') ? '\n' : ''}${line}\n`);
  }
  return file;
}

module.exports = { install };
