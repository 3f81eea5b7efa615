import { useMemo, useState, type ChangeEvent } from 'react';

import { createLockerApi } from './lockers/lockerApi';
import { LockerList } from './lockers/LockerList';

export function App() {
  const [postalCode, setPostalCode] = useState('20457');
  const api = useMemo(() => createLockerApi(window.fetch.bind(window)), []);

  return (
    <main>
      <h1>Parcel lockers</h1>
      <label>
        Postal code
        <input
          inputMode="numeric"
          value={postalCode}
          onChange={(event: ChangeEvent<HTMLInputElement>) => setPostalCode(event.target.value)}
        />
      </label>
      <LockerList api={api} postalCode={postalCode} />
    </main>
  );
}
