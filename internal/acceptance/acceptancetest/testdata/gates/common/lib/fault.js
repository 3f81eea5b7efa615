'use strict';
// What the faulty gates of the tests share.

const fs = require('node:fs');
const { evidenceOf, writeEvidence } = require('./evidence');
const { Repository } = require('./git');

/** The scenario that is being run: its branch tells. */
const scenario = fs.readFileSync('.git/HEAD', 'utf8').trim().replace('ref: refs/heads/feature/matrix-', '');

const finding = {
  ruleId: 'test.fault', severity: 'CRITICAL', message: 'Found by a faulty gate.', file: 'apps/backend/src/health.ts', lines: [1],
};

/** Does what the embedded gate does. */
function real(stage) {
  require('./cli').main([stage]);
}

/** Does what the embedded gate does, with other findings. */
function seeing(stage, change) {
  const judging = require('./judge');
  const { judge } = judging;
  judging.judge = (files) => change(judge(files));
  real(stage);
}

/** Leaves evidence and ends with an exit code, whether they go together or not. */
function leave(stage, outcome, findings, exit) {
  const repository = Repository.at(process.cwd());
  writeEvidence(repository.root, evidenceOf({ repository, stage, outcome, findings, platforms: [] }));
  process.exitCode = exit;
}

/** Tells the test that this point is reached, and does not come back. */
function stay() {
  fs.writeFileSync('here', '');
  setInterval(() => {}, 60000);
}

module.exports = { finding, leave, real, scenario, seeing, stay };
