'use strict';
// As touchy as the product from 6.3.234 on: a stage first holds the evidence that it finds against the place, the branch
// and the clock. Where that is missing, stale or of another place, it mends it over the tree as it is, and blocks there:
// the right exit for a violation, and the wrong reason.
const fs = require('node:fs');
const { FILE } = require('./evidence');
const { Repository } = require('./git');
const { finding, leave, real } = require('./fault');

function touchy(stage) {
  const repository = Repository.at(process.cwd());
  if (trusted(repository)) {
    real(stage);
    return;
  }
  leave('PRE_PUSH', 'BLOCK', [finding], 1);
}

/** The product lets evidence be 300 seconds old, which a test would have to sit out. Here it must be younger than its branch. */
function trusted(repository) {
  let evidence;
  try {
    evidence = JSON.parse(fs.readFileSync(FILE, 'utf8'));
  } catch {
    return false;
  }
  const { repo_root: root, git } = evidence.repo_state;
  return root === repository.root && git.branch === repository.branch().branch
    && Date.parse(evidence.timestamp) >= fs.statSync('.git/HEAD').mtimeMs;
}

module.exports = { touchy };
