/** What the load balancer asks for every ten seconds. */
export interface HealthReport {
  readonly healthy: boolean;
  readonly lockersOnline: number;
  readonly lockersOffline: number;
  readonly checkedAt: string;
}

export interface Heartbeat {
  readonly lockerId: string;
  readonly receivedAt: Date;
}

const SILENT_AFTER_MS = 90_000;

export function reportHealth(heartbeats: readonly Heartbeat[], now: Date): HealthReport {
  const online = heartbeats.filter(
    (heartbeat) => now.getTime() - heartbeat.receivedAt.getTime() <= SILENT_AFTER_MS,
  ).length;

  return {
    healthy: online === heartbeats.length,
    lockersOnline: online,
    lockersOffline: heartbeats.length - online,
    checkedAt: now.toISOString(),
  };
}
