#!/usr/bin/env node
'use strict';
// Keeps to its contract, and says some things in another way than the release before it.
const { finding, scenario, seeing } = require('../lib/fault');

const said = {
  'backend.no-console-log': { ruleId: 'skills.backend.no-console-log' },
  'frontend.no-debugger': { severity: 'CRITICAL' },
};

seeing('ci', (findings) => (scenario === 'clean' ? findings : [
  ...findings.map((each) => ({ ...each, ...said[each.ruleId] })),
  { ...finding, ruleId: 'governance.new', severity: 'WARN', file: 'openspec/project.md' },
]));
