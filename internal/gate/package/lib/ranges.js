'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { readChange } = require('./diff');
const { GitError } = require('./git');
const { Refusal } = require('./refusal');

/** What each stage looks at: four readers of the same shape, (repository, wanted, pushed) to changed files. */

/** Staged against HEAD: what the next commit would add. */
function staged(repository, wanted) {
  return readRange(repository, ['--cached', headOrNothing(repository)], wanted);
}

/** Everything that differs from HEAD, untracked files too: what `git add -A` and a commit would add. */
function pending(repository, wanted) {
  const commit = headOrNothing(repository);
  // So that is what is done, in an index and an object store that are thrown away afterwards. They lie in git's
  // own directory: a temporary one may be part of the work tree, and then they would be added to themselves.
  const scratch = fs.mkdtempSync(repository.scratch);
  try {
    const index = path.join(scratch, 'index');
    const objects = path.join(scratch, 'objects');
    fs.mkdirSync(objects);
    if (fs.existsSync(repository.index)) {
      fs.copyFileSync(repository.index, index); // what it knows saves hashing every file again
    }
    const shadow = repository.with({
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: objects,
      // Quoted, because a colon would part the path in two.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(repository.objects),
    });
    // A hook or a file watcher of the host has no part in this.
    shadow.run(['-c', `core.hooksPath=${os.devNull}`, '-c', 'core.fsmonitor=false', 'add', '--all']);
    return readRange(shadow, ['--cached', commit], wanted);
  } catch (error) {
    throw error instanceof GitError ? new Refusal(error.message, 'git add --all --dry-run shows where it fails') : error;
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * What a push would bring: each reference against its upstream. Where nobody tells what is pushed, it is HEAD.
 * @param {{ refs: string, remote?: string }} pushed  what git tells its hook: on standard input, and as an argument
 */
function unpushed(repository, wanted, { refs, remote }) {
  const ranges = pushesIn(refs)?.flatMap((push) => rangesOf(repository, remote, push)) ?? [headRange(repository)];
  return [...new Set(ranges)].flatMap((range) => readRange(repository, [range], wanted));
}

function headRange(repository) {
  const tip = head(repository);
  return `${upstreamOf(repository, '')}..${tip}`;
}

/**
 * The references that are pushed.
 * @returns {null | { local: string, tip: string, there: string }[]} null where that is not what git writes
 */
function pushesIn(refs) {
  const lines = refs.split('\n').filter((line) => line.trim() !== '');
  // What is pushed is named as the user named it, and may hold spaces.
  const told = lines.map((line) => /^(.*) ([0-9a-f]{40,64}) \S+ ([0-9a-f]{40,64})$/.exec(line));
  if (told.length === 0 || told.includes(null)) {
    return null;
  }
  return told.map(([, local, tip, there]) => ({ local, tip, there }));
}

/** The range of one reference; none where it names no commit, as a deletion does, or one that the remote has. */
function rangesOf(repository, remote, { local, tip, there }) {
  const commit = commitOrNull(repository, tip);
  return commit && isNew(repository, remote, commit) ? [`${baseOf(repository, local, there)}..${commit}`] : [];
}

function isNew(repository, remote, commit) {
  return !remote || repository.lineOrNull(['rev-list', '--max-count=1', commit, '--not', `--remotes=${remote}`]) !== '';
}

/**
 * What a reference is held against: its upstream, if it is a branch that has one; else what the remote has in its
 * place. A tag or a commit has no upstream; then it is that of the branch that is checked out.
 */
function baseOf(repository, local, there) {
  const branch = /^refs\/heads\/(.*)$/s.exec(local)?.[1] ?? '';
  const upstream = () => commitOrNull(repository, `${branch}@{upstream}`);
  const present = () => commitOrNull(repository, there);
  const [first, second] = branch || local === 'HEAD' ? [upstream, present] : [present, upstream];
  return first() ?? second() ?? upstreamOf(repository, branch);
}

function upstreamOf(repository, branch) {
  try {
    return repository.commit(`${branch}@{upstream}`);
  } catch (error) {
    if (error instanceof GitError) {
      throw new Refusal(error.message,
        'git branch --set-upstream-to=<a branch to compare with, such as origin/main>; '
        + 'an empty remote has none: git push --no-verify, once');
    }
    throw error;
  }
}

function commitOrNull(repository, revision) {
  return repository.lineOrNull(['rev-parse', '--verify', '--quiet', `${revision}^{commit}`]);
}

/** What HEAD adds since it left the base branch of the pull request, which CI names in GITHUB_BASE_REF. */
function sinceBase(repository, wanted) {
  const tip = head(repository);
  const name = repository.env.GITHUB_BASE_REF;
  if (!name) {
    throw new Refusal('GITHUB_BASE_REF is not set', 'set it to the branch that the change is meant for');
  }
  // A developer has the branch itself, a CI checkout only what it fetched.
  let base = null;
  for (const ref of [`refs/heads/${name}`, `refs/remotes/${name}`, `refs/remotes/origin/${name}`]) {
    base ??= commitOrNull(repository, ref);
  }
  if (!base) {
    throw new Refusal(`the base ${JSON.stringify(name)} of GITHUB_BASE_REF is no branch here`,
      'git fetch origin <base>, or give the branch its right name');
  }
  return readRange(repository, [`${base}...${tip}`], wanted);
}

function readRange(repository, range, wanted) {
  try {
    return readChange(repository, range, wanted);
  } catch (error) {
    if (error instanceof GitError) {
      throw new Refusal(`the change cannot be read: ${error.message}`, 'git fsck; in a shallow clone git fetch --unshallow');
    }
    throw error;
  }
}

function head(repository) {
  try {
    return repository.commit('HEAD');
  } catch (error) {
    if (error instanceof GitError) {
      throw new Refusal('HEAD has no commit yet', 'make the first commit');
    }
    throw error;
  }
}

/** HEAD; before the first commit, the tree with nothing in it. */
function headOrNothing(repository) {
  const commit = commitOrNull(repository, 'HEAD'); // nothing else is to be asked where there is one
  if (commit) {
    return commit;
  }
  const isUnborn = repository.lineOrNull(['rev-parse', '--verify', '--quiet', 'HEAD']) === null;
  return isUnborn ? repository.run(['hash-object', '-t', 'tree', '--stdin'], '').toString().trim() : head(repository);
}

module.exports = { pending, sinceBase, staged, unpushed };
