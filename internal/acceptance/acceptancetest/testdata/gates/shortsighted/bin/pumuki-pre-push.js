#!/usr/bin/env node
'use strict';
// Blocks what it must, and yet loses one rule, reports one in another file, and accuses a good file.
const { scenario, seeing } = require('../lib/fault');

const good = 'apps/backend/src/lockers/application/extendStorage.ts';

seeing('pre-push', (findings) => {
  if (scenario === 'mixed') {
    const accused = { ...findings[0], ruleId: 'backend.no-new-rule', message: 'It is new: \'really\'.', file: good };
    return [...findings, { ...accused, ruleId: 'backend.not-sorted' }, accused];
  }
  return findings.filter(({ ruleId }) => ruleId !== 'ios.no-force-unwrap').map((each) => (
    each.ruleId === 'frontend.no-debugger' ? { ...each, file: each.file.replace('ReleaseButton', 'LockerList') } : each
  ));
});
