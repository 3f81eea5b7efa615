interface ReleaseButtonProps {
  readonly lockerId: string;
  readonly compartmentId: string;
}

export function ReleaseButton({ lockerId, compartmentId }: ReleaseButtonProps) {
  function release() {
    debugger;
    console.log('release', lockerId, compartmentId);
    window.location.assign(`/support/release?locker=${lockerId}&compartment=${compartmentId}`);
  }

  return (
    <button type="button" onClick={release}>
      Release {compartmentId}
    </button>
  );
}
