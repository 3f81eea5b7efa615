import assert from 'node:assert/strict';
import { test } from 'node:test';

import { extendStorage } from '../../src/lockers/application/extendStorage.ts';
import type { Locker } from '../../src/lockers/domain/locker.ts';
import { inMemoryLockers } from '../../src/lockers/infrastructure/inMemoryLockers.ts';

const thursday = new Date('2025-03-13T08:00:00Z');
const saturday = new Date('2025-03-15T08:00:00Z');

const harbour: Locker = {
  id: 'harbour',
  address: 'Quay 4',
  compartments: [
    {
      id: 'A1',
      size: 'small',
      parcel: { parcelId: 'P-100', recipientId: 'R-7', pickupCode: '4711', collectBy: thursday },
    },
  ],
};

function dependenciesOn(day: string) {
  const lockers = inMemoryLockers([harbour]);
  return { lockers, reader: lockers, writer: lockers, clock: { now: () => new Date(day) } };
}

test('whoever asks in time gets two more days', async () => {
  const dependencies = dependenciesOn('2025-03-12T18:00:00Z');

  const outcome = await extendStorage({ lockerId: 'harbour', parcelId: 'P-100' }, dependencies);

  assert.deepEqual(outcome, { ok: true, collectBy: saturday });
  const locker = await dependencies.lockers.findLocker('harbour');
  assert.deepEqual(locker?.compartments[0]?.parcel?.collectBy, saturday);
});

test('after the storage time there is nothing to extend', async () => {
  const outcome = await extendStorage(
    { lockerId: 'harbour', parcelId: 'P-100' },
    dependenciesOn('2025-03-14T08:00:00Z'),
  );

  assert.deepEqual(outcome, { ok: false, reason: 'too-late' });
});

test('a parcel that lies elsewhere is unknown here', async () => {
  const outcome = await extendStorage(
    { lockerId: 'harbour', parcelId: 'P-999' },
    dependenciesOn('2025-03-12T18:00:00Z'),
  );

  assert.deepEqual(outcome, { ok: false, reason: 'unknown-parcel' });
});
