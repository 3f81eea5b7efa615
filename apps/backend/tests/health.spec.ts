import assert from 'node:assert/strict';
import { test } from 'node:test';

import { reportHealth } from '../src/health.ts';

const now = new Date('2025-03-10T08:00:00Z');
const secondsAgo = (seconds: number) => new Date(now.getTime() - seconds * 1000);

test('every locker that was heard of lately makes the service healthy', () => {
  const report = reportHealth(
    [
      { lockerId: 'harbour', receivedAt: secondsAgo(5) },
      { lockerId: 'station', receivedAt: secondsAgo(90) },
    ],
    now,
  );

  assert.deepEqual(report, {
    healthy: true,
    lockersOnline: 2,
    lockersOffline: 0,
    checkedAt: '2025-03-10T08:00:00.000Z',
  });
});

test('one silent locker is enough to report trouble', () => {
  const report = reportHealth([{ lockerId: 'harbour', receivedAt: secondsAgo(91) }], now);

  assert.equal(report.healthy, false);
  assert.equal(report.lockersOffline, 1);
});
