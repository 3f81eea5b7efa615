import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createLockerApi } from '../../src/lockers/lockerApi.ts';

test('lockers are asked for by postal code', async () => {
  const urls: string[] = [];
  const api = createLockerApi(async (url) => {
    urls.push(url);
    return Response.json([{ id: 'harbour', address: 'Quay 4', freeCompartments: 2 }]);
  });

  const result = await api.nearbyLockers('20457');

  assert.deepEqual(urls, ['/api/lockers?near=20457']);
  assert.deepEqual(result, { ok: true, value: [{ id: 'harbour', address: 'Quay 4', freeCompartments: 2 }] });
});

test('a broken connection becomes a message a person can read', async () => {
  const api = createLockerApi(() => Promise.reject(new TypeError('connection reset')));

  const result = await api.nearbyLockers('20457');

  assert.deepEqual(result, { ok: false, message: 'The lockers cannot be reached right now.' });
});
