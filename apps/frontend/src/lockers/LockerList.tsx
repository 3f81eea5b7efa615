import { useEffect, useState } from 'react';

import type { LockerApi, LockerSummary } from './lockerApi';

interface LockerListProps {
  readonly api: LockerApi;
  readonly postalCode: string;
}

export function LockerList({ api, postalCode }: LockerListProps) {
  const [lockers, setLockers] = useState<readonly LockerSummary[]>([]);
  const [problem, setProblem] = useState<string | null>(null);

  useEffect(() => {
    let current = true;
    void api.nearbyLockers(postalCode).then((result) => {
      if (current === false) {
        return;
      }
      setLockers(result.ok ? result.value : []);
      setProblem(result.ok ? null : result.message);
    });
    return () => {
      current = false;
    };
  }, [api, postalCode]);

  if (problem) {
    return <p role="alert">{problem}</p>;
  }

  return (
    <ul aria-label="Lockers near you">
      {lockers.map((locker) => (
        <li key={locker.id}>
          <strong>{locker.address}</strong> <span>{locker.freeCompartments} free</span>
        </li>
      ))}
    </ul>
  );
}
