import assert from 'node:assert/strict';
import { test } from 'node:test';

import { collectParcel } from '../../src/lockers/application/collectParcel.ts';
import type { Locker } from '../../src/lockers/domain/locker.ts';
import { inMemoryLockers } from '../../src/lockers/infrastructure/inMemoryLockers.ts';

const wednesday = new Date('2025-03-12T18:00:00Z');
const thursday = new Date('2025-03-13T08:00:00Z');
const friday = new Date('2025-03-14T08:00:00Z');

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

function dependenciesOn(day: Date) {
  const lockers = inMemoryLockers([harbour]);
  return { lockers, reader: lockers, writer: lockers, clock: { now: () => day } };
}

test('the right code opens the compartment and empties it', async () => {
  const dependencies = dependenciesOn(wednesday);

  const outcome = await collectParcel({ lockerId: 'harbour', pickupCode: '4711' }, dependencies);

  assert.deepEqual(outcome, { ok: true, compartmentId: 'A1' });
  const locker = await dependencies.lockers.findLocker('harbour');
  assert.equal(locker?.compartments[0]?.parcel, null);
});

test('a code opens its compartment once', async () => {
  const dependencies = dependenciesOn(wednesday);
  await collectParcel({ lockerId: 'harbour', pickupCode: '4711' }, dependencies);

  const outcome = await collectParcel({ lockerId: 'harbour', pickupCode: '4711' }, dependencies);

  assert.deepEqual(outcome, { ok: false, reason: 'wrong-code' });
});

for (const [lockerId, pickupCode] of [['harbour', '0000'], ['airport', '4711']] as const) {
  test(`code ${pickupCode} opens nothing at ${lockerId}`, async () => {
    const outcome = await collectParcel({ lockerId, pickupCode }, dependenciesOn(wednesday));

    assert.deepEqual(outcome, { ok: false, reason: 'wrong-code' });
  });
}

test('a parcel is not handed out after its time', async () => {
  const outcome = await collectParcel({ lockerId: 'harbour', pickupCode: '4711' }, dependenciesOn(friday));

  assert.deepEqual(outcome, { ok: false, reason: 'too-late' });
});
