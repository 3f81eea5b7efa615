'use strict';

const { createHash, randomUUID } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');
const { version } = require('../package.json');
const { Refusal } = require('./refusal');

const FILE = '.ai_evidence.json';

/** What a stage found, in the shape of the product's evidence 2.1. */
function evidenceOf({ repository, stage, outcome, findings, platforms }) {
  return {
    version: '2.1',
    timestamp: new Date().toISOString(),
    snapshot: { stage, outcome, findings, rules_coverage: coverageOf({ stage, findings, platforms }) },
    rulesets: [
      ...platforms.map(({ name, bundle, module }) => ({ platform: name, bundle, hash: hashOf(module) })),
      { platform: 'policy', bundle: `gate-policy.reference.${stage}`, hash: hashOf(require.resolve('./judge')) },
    ],
    repo_state: {
      repo_root: repository.root,
      git: {
        available: true,
        ...repository.branch(),
      },
    },
  };
}

/** Which rules were at work: all of a platform judge each of its files. */
function coverageOf({ stage, findings, platforms }) {
  const active = platforms.flatMap(({ rules }) => rules.map(({ id }) => id)).sort();
  const matched = active.filter((id) => findings.some(({ ruleId }) => ruleId === id));
  return {
    stage,
    active_rule_ids: active,
    evaluated_rule_ids: active,
    matched_rule_ids: matched,
    unevaluated_rule_ids: [],
    counts: { active: active.length, evaluated: active.length, matched: matched.length, unevaluated: 0 },
    coverage_ratio: 1,
  };
}

/** Two gates with the same hash judged by the same rules. */
function hashOf(module) {
  return createHash('sha256').update(`${version}\n`).update(fs.readFileSync(module)).digest('hex');
}

/**
 * Puts the evidence in place at once, so that nobody reads half of it. The name is taken by rename and never
 * opened: what a link there points to stays as it is.
 */
function writeEvidence(root, evidence) {
  const temporary = path.join(root, `${FILE}.${randomUUID()}`);
  try {
    fs.writeFileSync(temporary, `${JSON.stringify(evidence, null, 2)}\n`, { flag: 'wx' });
    fs.renameSync(temporary, path.join(root, FILE));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw new Refusal(`the evidence cannot be written: ${error.message}`, `make room for ${FILE} in ${root}`);
  }
}

/** The file with what a stage left in a work tree; null where it is the user's, for git tracks it. */
function leftBy(repository) {
  const tracked = repository.run(['ls-files', '-z', '--', FILE]).length > 0;
  return tracked ? null : path.join(repository.root, FILE);
}

/**
 * What the evidence in a work tree says, for a reader. No stage asks it: a verdict follows from the change alone.
 * @returns {{ state: 'missing' | 'damaged' | 'present' }}
 */
function evidenceState(repository) {
  const file = path.join(repository.root, FILE);
  let said;
  try {
    said = JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    return { file, state: error.code === 'ENOENT' ? 'missing' : 'damaged' };
  }
  const { timestamp, snapshot, repo_state: taken } = said ?? {};
  if (typeof snapshot?.stage !== 'string' || !Array.isArray(snapshot.findings)) {
    return { file, state: 'damaged' };
  }
  const { stage, outcome, findings } = snapshot;
  const branch = taken?.git?.branch ?? null;
  const current = branch === repository.branch().branch;
  return { file, state: 'present', stage, outcome, findings: findings.length, timestamp, branch, current };
}

module.exports = { FILE, evidenceOf, evidenceState, leftBy, writeEvidence };
