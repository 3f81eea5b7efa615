import type { Locker } from '../domain/locker.ts';

export interface LockerReader {
  findLocker(lockerId: string): Promise<Locker | null>;
}

export interface LockerWriter {
  saveLocker(locker: Locker): Promise<void>;
}

export interface Clock {
  now(): Date;
}

export interface PickupCodes {
  next(): string;
}
