/** Digits that tell something, whatever the size. */
export function figure(value, unit) {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${unit}`.trim();
}

/** A row whose number is to be at most a number of the goal. */
export function atMost(what, value, unit, goal) {
  return { what, measured: figure(value, unit), goal: `${goal} ${unit}`, holds: value <= goal };
}

/** A row whose number is to be at most so many times that of a peer, plus an allowance. */
export function atMostTimes(what, value, unit, { peer, value: other, times, plus = 0 }) {
  return {
    what,
    measured: figure(value, unit),
    peer: `${peer}: ${figure(other, unit)}`,
    ratio: `${(value / other).toFixed(2)}x`,
    goal: plus === 0 ? `${times}x` : `${times}x + ${plus} ${unit}`,
    holds: value <= other * times + plus,
  };
}

/** A row where a peer is to need at least so many times as much. */
export function peerAtLeastTimes(what, value, unit, { peer, value: other, times }) {
  return {
    what,
    measured: figure(value, unit),
    peer: `${peer}: ${figure(other, unit)}`,
    ratio: `${(other / value).toFixed(1)}x`,
    goal: `at least ${times}x less`,
    holds: other >= value * times,
  };
}
