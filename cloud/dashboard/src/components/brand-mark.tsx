/** The mark of the house: a downbeat and three beats. */
export function BrandMark() {
  return (
    <svg viewBox="0 0 27 16" width="27" height="16" aria-hidden="true">
      <rect className="mark-down" x="0" y="0" width="4.4" height="16" rx="2.2" />
      <rect className="mark-beat" x="7.4" y="4" width="4.4" height="8" rx="2.2" />
      <rect className="mark-beat" x="14.8" y="4" width="4.4" height="8" rx="2.2" opacity="0.7" />
      <rect className="mark-beat" x="22.2" y="4" width="4.4" height="8" rx="2.2" opacity="0.4" />
    </svg>
  );
}
