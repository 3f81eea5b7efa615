import assert from 'node:assert/strict';
import { test } from 'node:test';

import { depositParcel } from '../../src/lockers/application/depositParcel.ts';
import { inMemoryLockers } from '../../src/lockers/infrastructure/inMemoryLockers.ts';
import { postParcel } from '../../src/lockers/infrastructure/lockerRoutes.ts';

const harbour = {
  id: 'harbour',
  address: 'Quay 4',
  compartments: [
    { id: 'C1', size: 'large', parcel: null },
    { id: 'A1', size: 'small', parcel: null },
  ],
} as const;

const deposit = { lockerId: 'harbour', parcelId: 'P-100', recipientId: 'R-7', size: 'small' } as const;

function dependencies() {
  const lockers = inMemoryLockers([harbour]);
  return {
    lockers,
    reader: lockers,
    writer: lockers,
    clock: { now: () => new Date('2025-03-10T08:00:00Z') },
    codes: { next: () => '4711' },
  };
}

test('a parcel goes into the smallest compartment that holds it', async () => {
  const outcome = await depositParcel(deposit, dependencies());

  assert.deepEqual(outcome, { ok: true, compartmentId: 'A1', collectBy: new Date('2025-03-13T08:00:00Z') });
});

test('a small parcel takes a larger compartment when the small ones are full', async () => {
  const shared = dependencies();
  await depositParcel(deposit, shared);

  const outcome = await depositParcel({ ...deposit, parcelId: 'P-101' }, shared);

  assert.equal(outcome.ok && outcome.compartmentId, 'C1');
});

test('a full locker turns the courier away', async () => {
  const shared = dependencies();
  await depositParcel(deposit, shared);
  await depositParcel({ ...deposit, parcelId: 'P-101' }, shared);

  const reply = await postParcel({ ...deposit, parcelId: 'P-102' }, shared);

  assert.deepEqual(reply, { code: 409, body: '{"reason":"no-room"}' });
});

test('an unknown locker is not found', async () => {
  const reply = await postParcel({ ...deposit, lockerId: 'airport' }, dependencies());

  assert.equal(reply.code, 404);
});
