import { depositParcel, type Deposit, type DepositDependencies } from '../application/depositParcel.ts';
import { extendStorage, type ExtensionDependencies } from '../application/extendStorage.ts';

export interface HttpReply {
  readonly code: number;
  readonly body: string;
}

const REPLY_CODES = { 'unknown-locker': 404, 'no-room': 409, 'unknown-parcel': 404, 'too-late': 410 } as const;

/** POST /lockers/:lockerId/parcels */
export async function postParcel(deposit: Deposit, dependencies: DepositDependencies): Promise<HttpReply> {
  const outcome = await depositParcel(deposit, dependencies);

  return outcome.ok
    ? { code: 201, body: JSON.stringify({ compartmentId: outcome.compartmentId, collectBy: outcome.collectBy }) }
    : { code: REPLY_CODES[outcome.reason], body: JSON.stringify({ reason: outcome.reason }) };
}

/** POST /lockers/:lockerId/parcels/:parcelId/extensions */
export async function postExtension(parameters: any, dependencies: ExtensionDependencies): Promise<HttpReply> {
  console.log('extension asked for', parameters);
  const outcome = await extendStorage(parameters, dependencies);

  return outcome.ok
    ? { code: 200, body: JSON.stringify({ collectBy: outcome.collectBy }) }
    : { code: REPLY_CODES[outcome.reason], body: JSON.stringify({ reason: outcome.reason }) };
}
