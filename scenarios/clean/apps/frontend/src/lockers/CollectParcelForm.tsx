import { useState, type ChangeEvent, type FormEvent } from 'react';

import type { LockerApi } from './lockerApi';

interface CollectParcelFormProps {
  readonly api: LockerApi;
  readonly lockerId: string;
}

const CODE_LENGTH = 4;

export function CollectParcelForm({ api, lockerId }: CollectParcelFormProps) {
  const [pickupCode, setPickupCode] = useState('');
  const [answer, setAnswer] = useState<string | null>(null);

  async function openCompartment(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const result = await api.collectParcel(lockerId, pickupCode);
    setAnswer(result.ok ? `Compartment ${result.value.compartmentId} is open.` : result.message);
  }

  return (
    <form onSubmit={openCompartment}>
      <label>
        Pickup code
        <input
          autoComplete="one-time-code"
          inputMode="numeric"
          maxLength={CODE_LENGTH}
          value={pickupCode}
          onChange={(event: ChangeEvent<HTMLInputElement>) => setPickupCode(event.target.value)}
        />
      </label>
      <button type="submit" disabled={pickupCode.length < CODE_LENGTH}>
        Open
      </button>
      <p role="status">{answer}</p>
    </form>
  );
}
