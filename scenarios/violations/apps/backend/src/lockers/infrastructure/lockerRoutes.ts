import { depositParcel, type Deposit, type DepositDependencies } from '../application/depositParcel.ts';
import { releaseCompartment, type ReleaseDependencies } from '../application/releaseCompartment.ts';

export interface HttpReply {
  readonly code: number;
  readonly body: string;
}

const REPLY_CODES = { 'unknown-locker': 404, 'no-room': 409 } as const;

/** POST /lockers/:lockerId/parcels */
export async function postParcel(deposit: Deposit, dependencies: DepositDependencies): Promise<HttpReply> {
  const outcome = await depositParcel(deposit, dependencies);

  return outcome.ok
    ? { code: 201, body: JSON.stringify({ compartmentId: outcome.compartmentId, collectBy: outcome.collectBy }) }
    : { code: REPLY_CODES[outcome.reason], body: JSON.stringify({ reason: outcome.reason }) };
}

/** POST /lockers/:lockerId/releases */
export async function postRelease(body: any, dependencies: ReleaseDependencies): Promise<HttpReply> {
  const released = await releaseCompartment(body, dependencies);
  console.log('released', body.compartmentId, released);

  return { code: released ? 204 : 404, body: '' };
}
