/** What a box in a well-behaved room says, and what a candidate shows beside the active model there. */
export const healthy = () => ({
  window: {
    model: "",
    seconds: 600,
    musicS: 600,
    lockedS: 590,
    beats: 1200,
    periodChange: 24,
    octaveFlips: 0,
    relocks: 2,
    relockS: 5,
    confidence: 1000,
    corrections: 0,
  },
  hopP99Ms: 2,
  crashes: 0,
});
export const shadow = ({ name, version }: { name: string; version: string }) => ({
  model: `${name} ${version}`,
  musicS: 600,
  disagreement: 0.03,
  octaveFlips: 0,
  instability: { active: 0.02, candidate: 0.02 },
  hopP99Ms: 2,
});
