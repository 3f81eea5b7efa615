'use strict';

const { name, version } = require('../package.json');
const { LINE, isExcluded } = require('./exclude');
const { evidenceState } = require('./evidence');
const { hooksFolder, hooksIn, ownHooksFolder, stateOf } = require('./hooks');
const { faultOfPackage } = require('./install');
const { Refusal } = require('./refusal');
const { currentSession } = require('./sdd');

const INSTALL = 'pumuki install';

/** What there is of the gate in a repository. It judges nothing of it. */
function statusOf(repository) {
  const session = currentSession(repository);
  return {
    name,
    version,
    root: repository.root,
    hooks: statesIn(hooksFolder(repository)),
    session: session && { change: session.change, valid: session.faults.length === 0, faults: session.faults },
    evidence: evidenceState(repository),
  };
}

/**
 * Whether all is in place that `install` puts there, and what mends each that is not.
 * @returns {{ healthy: boolean, issues: { what: string, mend: string }[] }} and whose diagnosis it is
 */
function diagnose(repository) {
  const issues = [...packageIssues(repository), ...hookIssues(repository), ...excludeIssues(repository)];
  return { name, version, root: repository.root, healthy: issues.length === 0, issues };
}

function packageIssues(repository) {
  const fault = faultOfPackage(repository);
  return fault ? [{ what: fault.reason, mend: fault.mend }] : [];
}

function hookIssues(repository) {
  try {
    return statesIn(ownHooksFolder(repository)).filter(({ state }) => state !== 'in place')
      .map(({ name: hook, file, state }) => ({ what: `the hook ${hook} is ${state}: ${file}`, mend: INSTALL }));
  } catch (error) {
    if (error instanceof Refusal) {
      return [{ what: error.message, mend: error.mend }];
    }
    throw error;
  }
}

function statesIn(folder) {
  return hooksIn(folder).map((hook) => ({ ...hook, state: stateOf(hook) }));
}

function excludeIssues({ exclude: file }) {
  return isExcluded(file) ? [] : [{ what: `${LINE} is missing in ${file}`, mend: INSTALL }];
}

module.exports = { diagnose, statusOf };
