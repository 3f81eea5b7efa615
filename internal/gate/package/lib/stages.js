'use strict';

const fs = require('node:fs');
const { isatty } = require('node:tty');
const { evidenceOf, writeEvidence } = require('./evidence');
const { Repository } = require('./git');
const { judge, outcomeOf } = require('./judge');
const { pending, sinceBase, staged, unpushed } = require('./ranges');
const { platformOf, platforms } = require('./rules');
const { judgeSession } = require('./sdd');

/** The table of the stages: what each is called in the evidence, and what it looks at. */
const STAGES = {
  'pre-write': { stage: 'PRE_WRITE', read: pending },
  'pre-commit': { stage: 'PRE_COMMIT', read: staged },
  'pre-push': { stage: 'PRE_PUSH', read: unpushed, refsOnStdin: true },
  ci: { stage: 'CI', read: sinceBase },
};

/**
 * Judges one stage and leaves its evidence. Throws a Refusal, and then leaves none, where it cannot judge.
 * @param {string[]} args  what git hands to the hook of the stage: to pre-push, the name of the remote first
 * @returns {{ outcome: string, findings: object[], files: object[], platforms: object[] }}
 */
function runStage(name, directory, [remote]) {
  const { stage, read, refsOnStdin } = STAGES[name];
  const pushed = { refs: refsOnStdin ? readStdin() : '', remote };
  const repository = Repository.at(directory);
  const files = read(repository, (path) => platformOf(path) !== undefined, pushed);
  const findings = [...judgeSession(repository), ...judge(files)];
  const verdict = {
    outcome: outcomeOf(findings),
    findings,
    files,
    platforms: platforms.filter(({ covers }) => files.some(({ path }) => covers(path))),
  };
  writeEvidence(repository.root, evidenceOf({ repository, stage, ...verdict }));
  return verdict;
}

/** git writes the pushed refs to its hook, and a pipe that nobody reads would fail the push for no reason. */
function readStdin() {
  if (isatty(0)) { // asking process.stdin would make it non-blocking, and the read below fail
    return '';
  }
  try {
    return fs.readFileSync(0, 'utf8');
  } catch {
    return ''; // closed, or not to be read: then nobody is waiting for it
  }
}

module.exports = { STAGES, runStage };
