import { useState, type FormEvent } from 'react';

import type { LockerApi } from './lockerApi';

interface ExtendStorageFormProps {
  readonly api: LockerApi;
  readonly lockerId: string;
  readonly parcelId: string;
}

export function ExtendStorageForm({ api, lockerId, parcelId }: ExtendStorageFormProps) {
  const [answer, setAnswer] = useState<string | null>(null);

  async function askForMoreTime(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const result = await api.extendStorage(lockerId, parcelId);
    console.log('extension', result);
    debugger;
    setAnswer(result.ok ? `Your parcel is kept until ${result.value.collectBy}.` : result.message);
  }

  return (
    <form onSubmit={askForMoreTime}>
      <button type="submit">Keep it two days longer</button>
      <p role="status">{answer}</p>
    </form>
  );
}
