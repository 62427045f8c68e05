import { expect, it } from "vitest";
import { AttemptLimits } from "./attempt-limits.js";
import { Challenges } from "./challenges.js";

const NOW = 1_795_000_000_000_000;

it("a challenge is good once, for two minutes", () => {
  const challenges = new Challenges();
  const [first, second] = [challenges.make(NOW), challenges.make(NOW)];

  expect([challenges.spend(first, NOW + 1), challenges.spend(first, NOW + 2)]).toEqual([true, false]);
  expect(challenges.spend(second, NOW + 120_000_000)).toBe(false);
});

it("a challenge of another cloud, a changed one and nonsense are refused", () => {
  const challenges = new Challenges();
  const good = challenges.make(NOW);

  for (const bad of [new Challenges().make(NOW), `z${good}`, `${good}z`, good.replace(/^./, "z"), "", "..", "a.b.c"]) {
    expect(challenges.spend(bad, NOW), bad).toBe(false);
  }
  expect(challenges.spend(good, NOW)).toBe(true);
});

it("attempts are counted for each address and for all, a minute long", () => {
  const limits = new AttemptLimits({ perAddress: 2, overall: 3 });
  const admit = (address: string, nowUs = NOW) => limits.admit(address, nowUs);

  expect([admit("a"), admit("a"), admit("a")]).toEqual([true, true, false]);
  expect([admit("b"), admit("c")]).toEqual([true, false]);
  expect([admit("a", NOW + 60_000_000), admit("c", NOW + 60_000_000)]).toEqual([true, true]);
});
