/**
 * A number as Java prints a `float` (java.lang.Float.toString), as the articles' tool did: the fewest digits that
 * tell it from its neighbours in single precision, at least one after the point, and an exponent below 1e-3 and
 * from 1e7 on: `0.0`, `0.5635636`, `1.754386E-4`.
 */
export function formatFloat(value: number): string {
  const float = Math.fround(value);
  if (float === 0) return '0.0';
  const digits = shortest(float);
  const size = Math.abs(float);
  if (size >= 1e-3 && size < 1e7) return withPoint(String(digits));
  const [mantissa, exponent] = digits.toExponential().split('e') as [string, string];
  return `${withPoint(mantissa)}E${Number(exponent)}`;
}

/** The decimal of fewest digits (nine are always enough) that rounds to `float`. */
function shortest(float: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(float.toPrecision(digits));
    if (Math.fround(candidate) === float) return candidate;
  }
  return Number(float.toPrecision(9));
}

function withPoint(decimal: string): string {
  return decimal.includes('.') ? decimal : `${decimal}.0`;
}
