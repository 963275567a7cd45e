const PREFIX_MAX = 4;
const PREFIX_WEIGHT = 0.1;
/** Below, a common beginning is an accident and adds nothing. */
const BOOST_MIN = 0.7;
/** As long as the longest token; each call begins with what it needs of them cleared. */
const SEEN_A = new Uint8Array(64);
const SEEN_B = new Uint8Array(64);

/** How alike two tokens are, from 0 to 1, after Jaro and Winkler: the same either way round. */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return 1;
  const jaro = jaroOf(a, b);
  if (jaro < BOOST_MIN) return jaro;
  let prefix = 0;
  while (prefix < PREFIX_MAX && prefix < a.length && a[prefix] === b[prefix]) prefix++;
  return jaro + prefix * PREFIX_WEIGHT * (1 - jaro);
}

function jaroOf(a: string, b: string): number {
  // The shorter first: which of the two looks for the other may make a difference otherwise.
  if (a.length > b.length || (a.length === b.length && a > b)) return jaroOf(b, a);
  if (a.length === 0 || b.length > SEEN_B.length) return 0;
  const reach = Math.max(0, Math.floor(b.length / 2) - 1);
  SEEN_A.fill(0, 0, a.length);
  SEEN_B.fill(0, 0, b.length);
  let matches = 0;
  for (let i = 0; i < a.length; i++) {
    const code = a.charCodeAt(i);
    const end = Math.min(b.length - 1, i + reach);
    for (let j = Math.max(0, i - reach); j <= end; j++) {
      if (SEEN_B[j] === 1 || b.charCodeAt(j) !== code) continue;
      SEEN_A[i] = 1;
      SEEN_B[j] = 1;
      matches++;
      break;
    }
  }
  if (matches === 0) return 0;
  return (matches / a.length + matches / b.length + (matches - swapsOf(a, b)) / matches) / 3;
}

/** Half of the matched letters that stand in another order. */
function swapsOf(a: string, b: string): number {
  let swaps = 0;
  let j = 0;
  for (let i = 0; i < a.length; i++) {
    if (SEEN_A[i] !== 1) continue;
    while (SEEN_B[j] !== 1) j++;
    if (a.charCodeAt(i) !== b.charCodeAt(j)) swaps++;
    j++;
  }
  return swaps / 2;
}
