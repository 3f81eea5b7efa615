'use strict';

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const { Refusal } = require('./refusal');

const SESSION = 'pumuki-sdd-session.json';

// Far above any source tree, far below what a process can hold; node's own default is 1 MiB.
const MAX_OUTPUT = 1 << 30;

// The user's locale, a replaced object or a lock that only saves time must not bend what is read.
const STEADY = { LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0', GIT_NO_REPLACE_OBJECTS: '1' };

// rev-parse repeats an option that it does not know. Between answers it parts them, whatever names they hold.
const BETWEEN = '--between-answers';

/** git said no. The message is its own first line. */
class GitError extends Error {}

function git(cwd, args, { env = process.env, input } = {}) {
  const result = spawnSync('git', args, { cwd, env: { ...env, ...STEADY }, input, maxBuffer: MAX_OUTPUT });
  if (result.error?.code === 'ENOENT') {
    throw new Refusal('git is not on the PATH', 'install git');
  }
  if (result.error) {
    throw result.error;
  }
  if (result.status !== 0) {
    const said = result.stderr.toString().trim().split('\n')[0].replace(/^(fatal|error): /, '');
    throw new GitError(said || `git ${args[0]} failed with ${result.status ?? result.signal}`);
  }
  return result.stdout;
}

/** What rev-parse answers to several questions, asked at once. */
function answers(directory, env, ...questions) {
  const asked = questions.flatMap((question) => [...question, BETWEEN]);
  const said = git(directory, ['rev-parse', '--path-format=absolute', ...asked], { env }).toString();
  // One newline only: a directory's own name may end in another.
  return said.split(new RegExp(`\\r?\\n${BETWEEN}\\r?\\n`)).slice(0, -1);
}

/** A repository with a work tree. Every command runs at its root, with its arguments as they are: no shell. */
class Repository {
  constructor({ root, session, common, exclude, index, objects, scratch, env }) {
    this.root = root;
    /** Where the SDD session is kept: in git's own directory, where no `git add -A` picks it up. */
    this.session = session;
    /** The directory that all work trees share. */
    this.common = common;
    /** The excludes of this repository that no clone gets. */
    this.exclude = exclude;
    this.index = index;
    /** Where git writes objects. */
    this.objects = objects;
    /** What the names of temporary folders in git's own directory begin with. */
    this.scratch = scratch;
    this.env = env;
  }

  static at(directory) {
    try {
      const [root, session, common, exclude, index, objects, scratch] = answers(directory, process.env,
        ['--show-toplevel'], ['--git-path', SESSION], ['--git-common-dir'], ['--git-path', 'info/exclude'],
        ['--git-path', 'index'], ['--git-path', 'objects'], ['--git-path', 'pumuki-']);
      return new Repository({ root, session, common, exclude, index, objects, scratch, env: process.env });
    } catch (error) {
      if (error instanceof GitError) {
        throw new Refusal(error.message, 'run it inside the work tree of a git repository');
      }
      throw error;
    }
  }

  /** The same repository, seen through other environment variables. */
  with(variables) {
    return new Repository({ ...this, env: { ...this.env, ...variables } });
  }

  /** This work tree, and all others of the same repository that are there. */
  workTrees() {
    const listed = this.line(['worktree', 'list', '--porcelain']).split(/\r?\n/)
      .filter((line) => line.startsWith('worktree ')).map((line) => line.slice('worktree '.length));
    const others = listed.filter((root) => root !== this.root && fs.existsSync(root));
    return [this, ...others.map(Repository.orNull).filter((tree) => tree?.common === this.common)];
  }

  /** The repository of a directory, or null where it has no work tree there. */
  static orNull(directory) {
    try {
      return Repository.at(directory);
    } catch (error) {
      if (error instanceof Refusal) {
        return null;
      }
      throw error;
    }
  }

  /** @returns {Buffer} what git printed; throws GitError where it failed. */
  run(args, input) {
    return git(this.root, args, { env: this.env, input });
  }

  /** What git printed, as one line of text. */
  line(args) {
    return this.run(args).toString().replace(/\r?\n$/, '');
  }

  /** The same, or null where git has no answer. */
  lineOrNull(args) {
    try {
      return this.line(args);
    } catch (error) {
      if (error instanceof GitError) {
        return null;
      }
      throw error;
    }
  }

  /** The full hash of the commit that a revision names; throws GitError where it names none. */
  commit(revision) {
    return this.line(['rev-parse', '--verify', `${revision}^{commit}`]);
  }

  /** Where git keeps a file of its own for this work tree. */
  gitPath(name) {
    return answers(this.root, this.env, ['--git-path', name])[0];
  }

  /** The branch that is checked out and its upstream, each null where there is none. */
  branch() {
    const format = '%(HEAD)%00%(refname:short)%00%(upstream)';
    const heads = this.lineOrNull(['for-each-ref', '--points-at=HEAD', `--format=${format}`, 'refs/heads']);
    if (heads === null) { // before the first commit
      return { branch: this.lineOrNull(['symbolic-ref', '--quiet', '--short', 'HEAD']), upstream: null };
    }
    const checkedOut = heads.split('\n').map((head) => head.split('\0')).find(([mark]) => mark === '*');
    const [, branch = null, upstream] = checkedOut ?? [];
    // One that is configured may be gone.
    return { branch, upstream: upstream ? this.lineOrNull(['rev-parse', '--abbrev-ref', '@{upstream}']) : null };
  }
}

module.exports = { GitError, Repository };
