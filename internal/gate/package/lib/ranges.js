'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { readChange } = require('./diff');
const { GitError } = require('./git');
const { Refusal } = require('./refusal');

/** What each stage looks at: four readers of the same shape, (repository, wanted) to changed files. */

/** Staged against HEAD: what the next commit would add. */
function staged(repository, wanted) {
  return readRange(repository, ['--cached', head(repository)], wanted);
}

/** Everything that differs from HEAD, untracked files too: what `git add -A` and a commit would add. */
function pending(repository, wanted) {
  const commit = head(repository);
  // So that is what is done, in an index and an object store that are thrown away afterwards. They lie in git's
  // own directory: a temporary one may be part of the work tree, and then they would be added to themselves.
  const [prefix, known, store] = repository.gitPaths('pumuki-', 'index', 'objects');
  const scratch = fs.mkdtempSync(prefix);
  try {
    const index = path.join(scratch, 'index');
    const objects = path.join(scratch, 'objects');
    fs.mkdirSync(objects);
    if (fs.existsSync(known)) {
      fs.copyFileSync(known, index); // what it knows saves hashing every file again
    }
    const shadow = repository.with({
      GIT_INDEX_FILE: index,
      GIT_OBJECT_DIRECTORY: objects,
      // Quoted, because a colon would part the path in two.
      GIT_ALTERNATE_OBJECT_DIRECTORIES: JSON.stringify(store),
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

/** The upstream branch against HEAD: what a push would bring. */
function unpushed(repository, wanted) {
  const tip = head(repository);
  let upstream;
  try {
    upstream = repository.commit('@{upstream}');
  } catch (error) {
    if (error instanceof GitError) {
      throw new Refusal(error.message, 'git branch --set-upstream-to=<branch>');
    }
    throw error;
  }
  return readRange(repository, [`${upstream}..${tip}`], wanted);
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
    base ??= repository.lineOrNull(['rev-parse', '--verify', '--quiet', `${ref}^{commit}`]);
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
      throw new Refusal('HEAD has no commit yet', 'make the first commit with git commit --no-verify');
    }
    throw error;
  }
}

module.exports = { pending, sinceBase, staged, unpushed };
