'use strict';

const fs = require('node:fs');
const path = require('node:path');
const { Refusal } = require('./refusal');

// As in the product. Long enough for a change, short enough that yesterday's session covers nothing today.
const LIFETIME_MS = 45 * 60 * 1000;
const CHANGES = 'openspec/changes';

/**
 * The session says which OpenSpec change the work belongs to. This gate asks for none; one that is open has to hold.
 */
function openSession(repository, change) {
  const faults = faultsOfChange(repository.root, change);
  if (faults.length > 0) {
    throw new Refusal(`the change ${JSON.stringify(change)} is not valid: ${faults.join('; ')}`,
      `write its proposal.md, tasks.md and specs/<capability>/spec.md in ${CHANGES}/`);
  }
  const session = { change, expires_at: new Date(Date.now() + LIFETIME_MS).toISOString() };
  fs.writeFileSync(repository.session, `${JSON.stringify(session, null, 2)}\n`);
  return session;
}

/** @returns {boolean} was one open? */
function closeSession(repository) {
  const file = repository.session;
  const open = fs.existsSync(file);
  fs.rmSync(file, { force: true });
  return open;
}

/**
 * @returns {null | { change: string, faults: string[] }} null where no session is open; one without faults
 *   is valid
 */
function currentSession(repository) {
  let session;
  try {
    session = JSON.parse(fs.readFileSync(repository.session, 'utf8'));
  } catch (error) {
    return error.code === 'ENOENT' ? null : { change: '', faults: ['it cannot be read'] };
  }
  const change = String(session?.change ?? '');
  const faults = faultsOfChange(repository.root, change);
  if (!(Date.parse(session?.expires_at) > Date.now())) {
    faults.unshift('it has expired');
  }
  return { change, faults };
}

/** @returns {import('./judge').Finding[]} */
function judgeSession(repository) {
  const session = currentSession(repository);
  if (!session || session.faults.length === 0) {
    return [];
  }
  return [{
    ruleId: 'sdd.session-invalid',
    severity: 'ERROR',
    message: `The open session does not hold: ${session.faults.join('; ')}. Open it again or close it.`,
    file: path.posix.join(CHANGES, session.change),
    lines: [],
  }];
}

function faultsOfChange(root, change) {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(change)) {
    return ['it has no usable name'];
  }
  const directory = path.join(root, CHANGES, change);
  if (!fs.existsSync(directory)) {
    return [`${CHANGES}/${change} does not exist`];
  }
  const faults = ['proposal.md', 'tasks.md']
    .filter((name) => !readText(path.join(directory, name)).trim())
    .map((name) => `${name} is missing or empty`);
  const specs = specFiles(path.join(directory, 'specs'));
  if (specs.length === 0) {
    faults.push('it has no specs/<capability>/spec.md');
  }
  for (const spec of specs) {
    const name = path.relative(directory, spec);
    faults.push(...faultsOfSpec(readText(spec)).map((fault) => `${name}: ${fault}`));
  }
  return faults;
}

function faultsOfSpec(text) {
  const sections = text.split(/^## (?=(?:ADDED|MODIFIED|REMOVED|RENAMED) Requirements\s*$)/m).slice(1);
  if (sections.length === 0) {
    return ['no section like "## ADDED Requirements"'];
  }
  // What is removed or renamed need not be said again.
  return sections.filter((section) => /^(?:ADDED|MODIFIED)/.test(section)).flatMap((section) => {
    const requirements = section.split(/^### Requirement:/m).slice(1);
    if (requirements.length === 0) {
      return ['no "### Requirement:"'];
    }
    return requirements.flatMap((requirement) => {
      const title = requirement.split('\n')[0].trim();
      const faults = [];
      if (!/\b(?:SHALL|MUST)\b/.test(requirement)) {
        faults.push(`"${title}" says neither SHALL nor MUST`);
      }
      if (!/^#### Scenario:/m.test(requirement)) {
        faults.push(`"${title}" has no "#### Scenario:"`);
      }
      return faults;
    });
  });
}

function specFiles(directory) {
  if (!fs.existsSync(directory)) {
    return [];
  }
  return fs.readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const file = path.join(directory, entry.name);
      return entry.isDirectory() ? specFiles(file) : entry.name === 'spec.md' ? [file] : [];
    })
    .sort();
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return ''; // missing and unreadable are the same fault to the reader
  }
}

module.exports = { closeSession, currentSession, judgeSession, openSession };
