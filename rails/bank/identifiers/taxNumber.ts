/** The two numbers by which Brazil's revenue service knows people and businesses; both are PIX keys. */
const CPF_FORM = /^\d{11}$/;
const CNPJ_FORM = /^[0-9A-Z]{12}\d{2}$/;
const SAME = /^(.)\1*$/;

/** True for a CPF: eleven digits, not all the same, the last two their check digits (modulo 11). */
export function isCpf(text: string): boolean {
  return CPF_FORM.test(text) && !SAME.test(text) && hasCheckDigits(text, 11);
}

/**
 * True for a CNPJ: twelve places and two check digits. Since July 2026 the twelve may be letters, which count as their ASCII
 * code less 48 (Receita Federal, Instrução Normativa 2.229/2024).
 */
export function isCnpj(text: string): boolean {
  return CNPJ_FORM.test(text) && !SAME.test(text) && hasCheckDigits(text, 9);
}

/** @param weightMax from the right the weights go 2, 3, ... up to this, and start again */
function hasCheckDigits(text: string, weightMax: number): boolean {
  const first = checkDigit(text.slice(0, -2), weightMax);
  const second = checkDigit(`${text.slice(0, -2)}${first}`, weightMax);
  return text.endsWith(`${first}${second}`);
}

function checkDigit(text: string, weightMax: number): number {
  const places = weightMax - 1;
  const sum = [...text]
    .reverse()
    .reduce((total, one, at) => total + (one.charCodeAt(0) - 48) * (2 + (at % places)), 0);
  const rest = sum % 11;
  return rest < 2 ? 0 : 11 - rest;
}
